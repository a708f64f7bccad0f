#include "schema/processor_health.h"

#include <gtest/gtest.h>

namespace keymeter {
namespace {

using Reasons = std::vector<std::string>;

constexpr std::int64_t kNowMs = 1'800'000'000'000;

ProcessorHealth Well() {
  ProcessorHealth state;
  state.has_processor = state.connected = state.baseline_read = true;
  state.last_flush_ms = kNowMs - 900;
  return state;
}

TEST(UnhealthyReasons, AreNoneWhenAllIsWell) {
  EXPECT_EQ(UnhealthyReasons(Well(), kNowMs), Reasons{});
}

TEST(UnhealthyReasons, NameEachThingThatIsWrong) {
  ProcessorHealth state = Well();
  state.connected = false;
  state.problem = "connection refused";
  state.baseline_read = false;
  state.last_flush_ms = kNowMs - 12'000;
  state.lag_ms = 6000;
  state.drift = 3;
  EXPECT_EQ(UnhealthyReasons(state, kNowMs),
            (Reasons{"last flush 12 s ago", "not connected: connection refused", "baseline not read",
                     "lag 6000 ms", "drift in 3 counters"}));
}

TEST(UnhealthyReasons, AStoppedProcessorIsNotLateBesides) {
  ProcessorHealth state = Well();
  state.connected = false;
  state.last_flush_ms = state.stopped_ms.emplace(kNowMs - 60'000);
  EXPECT_EQ(UnhealthyReasons(state, kNowMs), Reasons{"processor stopped 60 s ago"});
}

TEST(UnhealthyReasons, TheFlushMayTakeFiveIntervals) {
  ProcessorHealth state = Well();
  state.flush_interval_ms = 10'000;
  state.last_flush_ms = kNowMs - 50'000;
  EXPECT_EQ(UnhealthyReasons(state, kNowMs), Reasons{});
  state.last_flush_ms -= 1;
  EXPECT_EQ(UnhealthyReasons(state, kNowMs), Reasons{"last flush 50 s ago"});
}

TEST(IsConnected, TakesAProcessThatStillSaysSo) {
  ProcessorHealth health = Well();
  EXPECT_TRUE(IsConnected(health, kNowMs));
  EXPECT_FALSE(IsConnected(health, kNowMs + 5000));
  health.stopped_ms = kNowMs;
  EXPECT_FALSE(IsConnected(health, kNowMs));
}

}  // namespace
}  // namespace keymeter
