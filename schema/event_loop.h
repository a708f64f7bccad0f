#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <utility>

struct event;
struct event_base;

/// libevent wrapped once: the loop, its timers and signals, and how other threads wake it.
///
/// Tested by tests/schema/event_loop_test.cc.
namespace keymeter {

/// Runs callbacks, one at a time, until Stop. Everything of the processor but the writer lives on its thread.
///
/// Not for work that blocks or takes long: all other callbacks wait (see TakeLongestUs).
/// Threads: construct on any, Run on one. While it runs, only its thread may use it and what lives on it, but
/// for Wakeup::Wake; before and after, any one thread may set up and take down.
/// Lifetime: must outlive every LoopEvent on it.
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void Run();
  void Stop();  ///< from a callback; Run returns when that callback has ended
  /// Whether the caller may use what lives on this loop.
  [[nodiscard]] bool InLoopThread() const {
    const std::thread::id runs_on = thread_.load(std::memory_order_relaxed);
    return runs_on == std::thread::id() || runs_on == std::this_thread::get_id();
  }
  /// Ends the process, naming `function` ("Timer::StartIn"), unless InLoopThread; in release builds, too. Two
  /// threads inside one loop damage memory long before anybody notices.
  /// Costs a load and a comparison: for functions that are called once a batch or less often, not per event.
  void AssertInLoopThread(const char* function) const {
    if (!InLoopThread()) [[unlikely]]
      EndOnWrongThread(function);
  }
  [[nodiscard]] event_base* base() const { return base_; }

  /// The longest time that one callback has kept all others waiting since the last call, microseconds.
  std::int64_t TakeLongestUs() { return std::exchange(longest_us_, 0); }

 private:
  friend class LoopSpan;
  [[noreturn]] static void EndOnWrongThread(const char* function);

  event_base* base_;
  mutable std::int64_t longest_us_ = 0;  ///< mutable: updated through const EventLoop& during dispatch
  std::atomic<std::thread::id> thread_;  ///< that Run is on; none while it does not run
};

/// Measures one callback that libevent calls directly, without a LoopEvent between: for TakeLongestUs.
///
/// Threads: loop thread. Lifetime: that of the callback. Bounds: reads the clock twice.
class LoopSpan {
 public:
  explicit LoopSpan(const EventLoop& loop);
  ~LoopSpan();
  LoopSpan(const LoopSpan&) = delete;
  LoopSpan& operator=(const LoopSpan&) = delete;

 private:
  const EventLoop& loop_;
  const std::int64_t begin_us_;
};

/// An event that calls one function: what Timer, SignalWatch and Wakeup have in common.
///
/// Threads: loop thread. Lifetime: ends before its loop; the function may not destroy it.
class LoopEvent {
 public:
  LoopEvent(const EventLoop& loop, int fd_or_signal, short what, std::function<void()> call);
  ~LoopEvent();
  LoopEvent(const LoopEvent&) = delete;
  LoopEvent& operator=(const LoopEvent&) = delete;

 protected:
  [[nodiscard]] const EventLoop& loop() const { return loop_; }

  event* event_;

 private:
  static void Forward(int fd_or_signal, short what, void* self);

  const EventLoop& loop_;
  std::function<void()> call_;
};

/// Calls once after a delay, each time that it is started.
///
/// Threads, lifetime: see LoopEvent.
class Timer : public LoopEvent {
 public:
  Timer(const EventLoop& loop, std::function<void()> call);
  void StartIn(std::int64_t delay_ms);  ///< while it is pending: replaces the delay
  void Stop();
  [[nodiscard]] bool IsPending() const;
};

/// Calls each time that the process gets a signal.
///
/// Threads, lifetime: see LoopEvent. Bounds: one for each signal in a process.
class SignalWatch : public LoopEvent {
 public:
  SignalWatch(const EventLoop& loop, int signal, std::function<void()> call);
};

/// Lets other threads have a function called on the loop thread. Several wakes may become one call.
///
/// Threads: Wake on any, all else as LoopEvent. Lifetime: no other thread may call Wake once it ends.
class Wakeup : public LoopEvent {
 public:
  Wakeup(const EventLoop& loop, std::function<void()> call);
  void Wake();
};

}  // namespace keymeter
