#pragma once

#include <pthread.h>

namespace keymeter {

/// Names the calling thread, at most 15 bytes: for `top -H`, `perf` and /proc/PID/task/*/comm.
inline void NameThread(const char* name) {
  (void)::pthread_setname_np(::pthread_self(), name);
}

}  // namespace keymeter
