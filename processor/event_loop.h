#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

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

 private:
  event_base* base_;
  std::thread::id thread_;
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
