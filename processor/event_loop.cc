#include "processor/event_loop.h"

#include <new>
#include <utility>

#include <event2/event.h>
#include <event2/thread.h>

namespace keymeter::processor {

namespace {

void Forward(evutil_socket_t, short, void* call) {
  (*static_cast<std::function<void()>*>(call))();
}

}  // namespace

EventLoop::EventLoop() : thread_(std::this_thread::get_id()) {
  // Before the first base: a base made without locks could not be woken from the writer thread.
  static const int threads_enabled = evthread_use_pthreads();
  base_ = threads_enabled == 0 ? event_base_new() : nullptr;
  if (base_ == nullptr) throw std::bad_alloc();
}

EventLoop::~EventLoop() {
  event_base_free(base_);
}

void EventLoop::Run() {
  thread_ = std::this_thread::get_id();
  event_base_loop(base_, EVLOOP_NO_EXIT_ON_EMPTY);
}

void EventLoop::Stop() {
  event_base_loopbreak(base_);
}

LoopEvent::LoopEvent(const EventLoop& loop, int fd_or_signal, short what, std::function<void()> call)
    : event_(event_new(loop.base(), fd_or_signal, what, &Forward, &call_)), call_(std::move(call)) {
  if (event_ == nullptr) throw std::bad_alloc();
}

LoopEvent::~LoopEvent() {
  event_free(event_);
}

Timer::Timer(const EventLoop& loop, std::function<void()> call) : LoopEvent(loop, -1, 0, std::move(call)) {}

void Timer::StartIn(std::int64_t delay_ms) {
  const timeval delay{delay_ms / 1000, delay_ms % 1000 * 1000};
  event_add(event_, &delay);
}

void Timer::Stop() {
  event_del(event_);
}

bool Timer::IsPending() const {
  return event_pending(event_, EV_TIMEOUT, nullptr) != 0;
}

SignalWatch::SignalWatch(const EventLoop& loop, int signal, std::function<void()> call)
    : LoopEvent(loop, signal, EV_SIGNAL | EV_PERSIST, std::move(call)) {
  event_add(event_, nullptr);
}

Wakeup::Wakeup(const EventLoop& loop, std::function<void()> call)
    : LoopEvent(loop, -1, EV_PERSIST, std::move(call)) {}

void Wakeup::Wake() {
  event_active(event_, 0, 0);
}

}  // namespace keymeter::processor
