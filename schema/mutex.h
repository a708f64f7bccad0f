#pragma once

#include <condition_variable>
#include <mutex>

/// Locks whose rules clang checks (-Wthread-safety, in deploy/lint): which member a mutex guards, which
/// function needs it held, which must not. Other compilers see nothing of it.
///
/// See https://clang.llvm.org/docs/ThreadSafetyAnalysis.html.
#if defined(__clang__)
#define KEYMETER_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define KEYMETER_THREAD_ATTRIBUTE(x)
#endif

#define GUARDED_BY(mutex) KEYMETER_THREAD_ATTRIBUTE(guarded_by(mutex))
#define PT_GUARDED_BY(mutex) KEYMETER_THREAD_ATTRIBUTE(pt_guarded_by(mutex))
#define REQUIRES(...) KEYMETER_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) KEYMETER_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))

namespace keymeter {

/// A std::mutex that clang knows of. Held shortly: to copy, never across I/O.
class KEYMETER_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
 public:
  void lock() KEYMETER_THREAD_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }
  void unlock() KEYMETER_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

/// Holds a Mutex while it lives; may let go of it earlier, and take it again.
class KEYMETER_THREAD_ATTRIBUTE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) KEYMETER_THREAD_ATTRIBUTE(acquire_capability(mutex)) : lock_(mutex) {}
  ~MutexLock() KEYMETER_THREAD_ATTRIBUTE(release_capability()) = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void lock() KEYMETER_THREAD_ATTRIBUTE(acquire_capability()) { lock_.lock(); }
  void unlock() KEYMETER_THREAD_ATTRIBUTE(release_capability()) { lock_.unlock(); }

 private:
  std::unique_lock<Mutex> lock_;
};

/// Waits with a MutexLock. Conditions are looked at in a loop by the caller, where clang sees that the lock
/// is held.
using CondVar = std::condition_variable_any;

}  // namespace keymeter
