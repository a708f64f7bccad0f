#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

struct event;
struct event_base;

/// libevent wrapped once: the loop, its timers, signals, and the door through which other threads wake it.
namespace keymeter::processor {

/// Runs callbacks until Stop. Everything of the processor but the writer thread lives on its thread.
/// Threads: construct anywhere, Run on one; Stop and InLoopThread from any callback.
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void Run();
  void Stop();
  [[nodiscard]] bool InLoopThread() const { return std::this_thread::get_id() == thread_; }
  [[nodiscard]] event_base* base() const { return base_; }

  /// The longest time that one callback has kept everything else waiting since the last call, microseconds.
  std::int64_t TakeLongestUs() { return std::exchange(longest_us_, 0); }

 private:
  friend class LoopSpan;
  event_base* base_;
  mutable std::int64_t longest_us_ = 0;  ///< mutable: whoever may add events may be measured
  std::thread::id thread_;
};

/// One callback, while it runs: for what libevent calls and no LoopEvent forwards. Two looks at the clock.
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

/// An event that calls one function. Lifetime: not beyond its loop. Threads: loop thread.
class LoopEvent {
 public:
  LoopEvent(const EventLoop& loop, int fd_or_signal, short what, std::function<void()> call);
  ~LoopEvent();
  LoopEvent(const LoopEvent&) = delete;
  LoopEvent& operator=(const LoopEvent&) = delete;

 protected:
  event* event_;

 private:
  static void Forward(int fd_or_signal, short what, void* self);

  const EventLoop& loop_;
  std::function<void()> call_;
};

/// Calls once after a delay, or again and again.
class Timer : public LoopEvent {
 public:
  Timer(const EventLoop& loop, std::function<void()> call);
  void StartIn(std::int64_t delay_ms);  ///< again before it fired: moves it
  void Stop();
  [[nodiscard]] bool IsPending() const;
};

class SignalWatch : public LoopEvent {
 public:
  SignalWatch(const EventLoop& loop, int signal, std::function<void()> call);
};

/// Lets another thread have a function called on the loop thread; several wakes may fall into one call.
class Wakeup : public LoopEvent {
 public:
  Wakeup(const EventLoop& loop, std::function<void()> call);
  void Wake();  ///< any thread
};

}  // namespace keymeter::processor
