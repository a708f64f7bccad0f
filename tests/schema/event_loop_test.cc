#include "schema/event_loop.h"

#include <atomic>
#include <chrono>
#include <thread>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <gtest/gtest.h>

namespace keymeter {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

void KeepBusy(milliseconds time) {
  for (const auto end = steady_clock::now() + time; steady_clock::now() < end;) {
  }
}

TEST(EventLoop, KnowsHowLongOneCallbackKeptTheOthersWaiting) {
  EventLoop loop;
  Timer busy(loop, [] { KeepBusy(milliseconds(3)); });
  Timer stop(loop, [&] { loop.Stop(); });
  busy.StartIn(0);
  stop.StartIn(1);
  loop.Run();
  EXPECT_GE(loop.TakeLongestUs(), 3000);
  EXPECT_EQ(loop.TakeLongestUs(), 0) << "it was taken";
}

TEST(EventLoop, MeasuresWhatLibeventCallsDirectlyByASpan) {
  EventLoop loop;
  {
    const LoopSpan span(loop);
    KeepBusy(milliseconds(2));
  }
  EXPECT_GE(loop.TakeLongestUs(), 2000);
}

TEST(EventLoop, LetsGoOfAStreamWhoseDeferredCallbackNeverCame) {
  bool is_released = false;
  {
    const EventLoop loop;
    bufferevent* const stream = bufferevent_socket_new(loop.base(), -1, BEV_OPT_DEFER_CALLBACKS);
    bufferevent_setcb(
        stream, [](bufferevent*, void*) {}, nullptr, nullptr, nullptr);
    evbuffer_add_reference(
        bufferevent_get_output(stream), "x", 1,
        [](const void*, std::size_t, void* flag) { *static_cast<bool*>(flag) = true; }, &is_released);
    bufferevent_trigger(stream, EV_READ, 0);
    bufferevent_free(stream);
    EXPECT_FALSE(is_released) << "the callback that waits holds it";
  }
  EXPECT_TRUE(is_released);
}

// ---- Threads

/// Starts a timer of a loop that runs on another thread.
void StartATimerFromOutside() {
  EventLoop loop;
  Timer timer(loop, [] {});
  std::atomic<bool> is_running = false;
  Timer running(loop, [&] { is_running = true; });
  running.StartIn(0);
  std::thread thread([&] { loop.Run(); });
  while (!is_running) std::this_thread::yield();
  timer.StartIn(0);
  thread.join();
}

TEST(EventLoopDeathTest, EndsTheProcessWhenAnotherThreadUsesALoopThatRuns) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(StartATimerFromOutside(), "thread.*Timer::StartIn");
}

TEST(EventLoop, MayBeSetUpAndTakenDownByAnotherThreadThanItRunsOn) {
  EventLoop loop;
  Timer stop(loop, [&] {
    EXPECT_TRUE(loop.InLoopThread());
    loop.Stop();
  });
  stop.StartIn(0);
  std::thread([&] { loop.Run(); }).join();
  EXPECT_TRUE(loop.InLoopThread());
  stop.StartIn(0);
  stop.Stop();
}

TEST(EventLoop, IsWokenByAnyThread) {
  EventLoop loop;
  int calls = 0;
  Wakeup wakeup(loop, [&] {
    ++calls;
    loop.Stop();
  });
  std::thread waker([&] { wakeup.Wake(); });
  loop.Run();
  waker.join();
  EXPECT_EQ(calls, 1);
}

TEST(EventLoop, ATimerThatIsStartedAgainHasTheNewDelayOnly) {
  EventLoop loop;
  int calls = 0;
  Timer moved(loop, [&] { ++calls; });
  Timer stop(loop, [&] { loop.Stop(); });
  moved.StartIn(0);
  moved.StartIn(60'000);
  stop.StartIn(5);
  loop.Run();
  EXPECT_EQ(calls, 0);
  EXPECT_TRUE(moved.IsPending());
}

}  // namespace

}  // namespace keymeter
