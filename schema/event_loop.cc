#include "schema/event_loop.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <new>
#include <utility>

#include <event2/event.h>
#include <event2/thread.h>

#include "schema/log.h"

namespace keymeter {

namespace {

std::int64_t SteadyNowUs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace

EventLoop::EventLoop() {
  // Before the first base is made: one that was made without locks could not be woken from another thread.
  static const int threads_enabled = evthread_use_pthreads();
  base_ = threads_enabled == 0 ? event_base_new() : nullptr;
  if (base_ == nullptr) throw std::bad_alloc();
}

EventLoop::~EventLoop() {
  // A stream that was freed while a deferred callback waited is let go of by that callback, which
  // event_base_free would drop.
  event_base_loop(base_, EVLOOP_NONBLOCK);
  event_base_free(base_);
}

void EventLoop::Run() {
  AssertInLoopThread("EventLoop::Run");
  thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  event_base_loop(base_, EVLOOP_NO_EXIT_ON_EMPTY);
  thread_.store(std::thread::id(), std::memory_order_relaxed);
}

void EventLoop::EndOnWrongThread(const char* function) {
  log::Fault("called on another thread than that of its event loop",
             {{"function", function}, {"next", "the process ends"}});
  std::abort();
}

void EventLoop::Stop() {
  AssertInLoopThread("EventLoop::Stop");
  event_base_loopbreak(base_);
}

LoopSpan::LoopSpan(const EventLoop& loop) : loop_(loop), begin_us_(SteadyNowUs()) {}

LoopSpan::~LoopSpan() {
  loop_.longest_us_ = std::max(loop_.longest_us_, SteadyNowUs() - begin_us_);
}

void LoopEvent::Forward(int, short, void* self) {
  auto& event = *static_cast<LoopEvent*>(self);
  const LoopSpan span(event.loop_);
  event.call_();
}

LoopEvent::LoopEvent(const EventLoop& loop, int fd_or_signal, short what, std::function<void()> call)
    : event_(event_new(loop.base(), fd_or_signal, what, &Forward, this)),
      loop_(loop),
      call_(std::move(call)) {
  if (event_ == nullptr) throw std::bad_alloc();
}

LoopEvent::~LoopEvent() {
  event_free(event_);
}

Timer::Timer(const EventLoop& loop, std::function<void()> call) : LoopEvent(loop, -1, 0, std::move(call)) {}

void Timer::StartIn(std::int64_t delay_ms) {
  loop().AssertInLoopThread("Timer::StartIn");
  const timeval delay{delay_ms / 1000, delay_ms % 1000 * 1000};
  event_add(event_, &delay);
}

void Timer::Stop() {
  loop().AssertInLoopThread("Timer::Stop");
  event_del(event_);
}

bool Timer::IsPending() const {
  return event_pending(event_, EV_TIMEOUT, nullptr) != 0;
}

SignalWatch::SignalWatch(const EventLoop& loop, int signal, std::function<void()> call)
    : LoopEvent(loop, signal, EV_SIGNAL | EV_PERSIST, std::move(call)) {
  loop.AssertInLoopThread("SignalWatch::SignalWatch");
  event_add(event_, nullptr);
}

Wakeup::Wakeup(const EventLoop& loop, std::function<void()> call)
    : LoopEvent(loop, -1, EV_PERSIST, std::move(call)) {}

void Wakeup::Wake() {
  event_active(event_, 0, 0);
}

}  // namespace keymeter
