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

Reasons Texts(const ProcessorHealth& health, std::int64_t now_ms) {
  return HealthReasonTexts(UnhealthyReasons(health, now_ms));
}

TEST(UnhealthyReasons, AreNoneWhenAllIsWell) {
  EXPECT_EQ(Texts(Well(), kNowMs), Reasons{});
}

TEST(UnhealthyReasons, NameEachThingThatIsWrong) {
  ProcessorHealth state = Well();
  state.connected = false;
  state.problem = "connection refused";
  state.baseline_read = false;
  state.last_flush_ms = kNowMs - 12'000;
  state.lag_ms = 6000;
  state.drift = 3;
  EXPECT_EQ(Texts(state, kNowMs), (Reasons{"last flush 12 s ago", "not connected: connection refused",
                                           "baseline not read", "lag 6000 ms", "drift in 3 counters"}));
}

TEST(UnhealthyReasons, AStoppedProcessorIsNotLateBesides) {
  ProcessorHealth state = Well();
  state.connected = false;
  state.last_flush_ms = state.stopped_ms.emplace(kNowMs - 60'000);
  EXPECT_EQ(Texts(state, kNowMs), Reasons{"processor stopped 60 s ago"});
}

TEST(UnhealthyReasons, TheFlushMayTakeFiveIntervals) {
  ProcessorHealth state = Well();
  state.flush_interval_ms = 10'000;
  state.last_flush_ms = kNowMs - 50'000;
  EXPECT_EQ(Texts(state, kNowMs), Reasons{});
  state.last_flush_ms -= 1;
  EXPECT_EQ(Texts(state, kNowMs), Reasons{"last flush 50 s ago"});
}

TEST(UnhealthyReasons, StayTheSameWhileOnlyTheirAmountGrows) {
  ProcessorHealth state = Well();
  state.lag_ms = 6000;
  const auto first = UnhealthyReasons(state, kNowMs + 20'000);
  state.lag_ms = 7000;
  const auto second = UnhealthyReasons(state, kNowMs + 40'000);
  ASSERT_EQ(first.size(), 2U);
  ASSERT_EQ(second.size(), 2U);
  EXPECT_TRUE(first[0].IsSameAs(second[0]));
  EXPECT_TRUE(first[1].IsSameAs(second[1]));
  EXPECT_FALSE(first[0].IsSameAs(first[1]));
  EXPECT_NE(HealthReasonText(first[0]), HealthReasonText(second[0]));
}

TEST(UnhealthyReasons, DifferByTheirDetail) {
  ProcessorHealth state = Well();
  state.connected = false;
  state.problem = "database 1 is refused";
  const auto first = UnhealthyReasons(state, kNowMs);
  state.problem = "database 2 is refused";
  EXPECT_FALSE(first.front().IsSameAs(UnhealthyReasons(state, kNowMs).front()));
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
