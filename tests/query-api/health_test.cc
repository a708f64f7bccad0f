#include "query-api/health.h"

#include <gtest/gtest.h>

#include "tests/query-api/usage_file.h"

namespace keymeter::query_api {
namespace {

using Reasons = std::vector<std::string>;

SourceState Well() {
  SourceState state;
  state.has_processor = state.connected = state.baseline_read = true;
  state.last_flush_ms = kNowMs - 900;
  return state;
}

TEST(UnhealthyReasons, AreNoneWhenAllIsWell) {
  EXPECT_EQ(UnhealthyReasons(Well(), kNowMs), Reasons{});
}

TEST(UnhealthyReasons, NameEachThingThatIsWrong) {
  SourceState state = Well();
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
  SourceState state = Well();
  state.connected = false;
  state.last_flush_ms = state.stopped_ms.emplace(kNowMs - 60'000);
  EXPECT_EQ(UnhealthyReasons(state, kNowMs), Reasons{"processor stopped 60 s ago"});
}

TEST(UnhealthyReasons, TheFlushMayTakeFiveIntervals) {
  SourceState state = Well();
  state.flush_interval_ms = 10'000;
  state.last_flush_ms = kNowMs - 50'000;
  EXPECT_EQ(UnhealthyReasons(state, kNowMs), Reasons{});
  state.last_flush_ms -= 1;
  EXPECT_EQ(UnhealthyReasons(state, kNowMs), Reasons{"last flush 50 s ago"});
}

TEST(Health, AnswersFromTheFile) {
  UsageFile file;
  ApiUnderTest api(file.path());
  EXPECT_EQ(api.Get("/api/health").status, 503);
  EXPECT_EQ(api.Get("/api/health").body, R"({"ok":false,"reasons":["no processor has written this file"]})");
  file.Heartbeat(kNowMs - 1000);
  EXPECT_EQ(api.Get("/api/health").body, R"({"ok":true})");
  api.clock.AdvanceMs(60'000);
  EXPECT_EQ(api.Get("/api/health").status, 503);
}

TEST(Health, AMissingFileIsAReason) {
  const ApiUnderTest api("/nowhere/keymeter.db");
  const Response response = api.Get("/api/health");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body.find("/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace keymeter::query_api
