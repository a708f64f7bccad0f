#include "processor/runtime/event_loop.h"

#include <chrono>

#include <gtest/gtest.h>

namespace keymeter::processor {

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

}  // namespace

}  // namespace keymeter::processor
