#pragma once

#include <malloc.h>

namespace keymeter::query_api {

/// Gives the kernel what malloc keeps of memory that is free: it would stay resident after a crowd has left,
/// and in each thread that has made a large answer. Looks at all memory, some milliseconds for 100 MiB: for
/// quiet moments. Threads: any. Tested by tests/integration/door/slow_clients_test.cc.
inline void GiveFreeMemoryBack() {
  ::malloc_trim(0);
}

}  // namespace keymeter::query_api
