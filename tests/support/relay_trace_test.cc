#include "tests/support/relay_trace.h"

#include <iterator>

#include <gtest/gtest.h>

#include "schema/civil_time.h"
#include "tests/support/redis_server.h"

namespace keymeter::testing {

namespace {

const RelayTrace& Recorded() {
  static RelayTrace trace = RelayTrace::Load();
  return trace;
}

std::size_t CommandsNaming(const RelayTrace& trace, std::string_view text) {
  std::size_t count = 0;
  for (const RedisCommand& command : trace.commands())
    if (command.at(1).find(text) != std::string::npos) ++count;
  return count;
}

/// The counters of one hour as Redis holds them, by the keys of the relay.
UsageSums ReadCounters(RedisClient& redis, const RelayExpectation& expected, const std::string& hour) {
  static constexpr const char* kFields[] = {"requests",          "inputTokens",     "outputTokens",
                                            "cacheCreateTokens", "cacheReadTokens", "ephemeral5mTokens",
                                            "ephemeral1hTokens", "ratedCostMicro",  "realCostMicro"};
  UsageSums sums;
  for (const auto& [id, amounts] : expected.usage) {
    RedisCommand command = {"HMGET",
                            id.kind == "api_key"
                                ? "usage:" + id.entity + ":model:hourly:" + id.model + ":" + hour
                                : "account_usage:model:hourly:" + id.entity + ":" + id.model + ":" + hour};
    command.insert(command.end(), std::begin(kFields), std::end(kFields));
    const RedisValue value = redis.Must(command);
    for (std::size_t i = 0; i < kMetricCount; ++i)
      if (!value.elements.at(i).IsNil()) sums[id].values[i] = std::stoll(value.elements[i].text);
  }
  return sums;
}

TEST(RelayTrace, HoldsWhatWasRecorded) {
  EXPECT_EQ(Recorded().commands().size(), 159'785U);
  EXPECT_EQ(FormatDate(kTraceHour, kTraceOffset) + ":" + FormatHour(kTraceHour, kTraceOffset),
            "2026-11-20:20");
}

TEST(RelayTrace, KeepsItsLengthWhenRedated) {
  const RelayTrace redated = Recorded().Redated(1'700'000'000, 0);  // 2023-11-14T22:13:20Z
  EXPECT_EQ(redated.Resp().size(), Recorded().Resp().size());
  EXPECT_EQ(CommandsNaming(redated, "2026-11-20"), 0U);
  EXPECT_EQ(CommandsNaming(redated, "2023-11-14:22"), CommandsNaming(Recorded(), "2026-11-20:20"));
  EXPECT_EQ(CommandsNaming(redated, "2023-11-14"), CommandsNaming(Recorded(), "2026-11-20"));
  EXPECT_EQ(CommandsNaming(redated, "2026-11-16T00"), CommandsNaming(Recorded(), "2026-11-16T00"));
}

TEST(RelayTrace, IsItselfWhenRedatedToItsOwnHour) {
  EXPECT_EQ(Recorded().Redated(kTraceHour, kTraceOffset).Resp(), Recorded().Resp());
}

TEST(RelayTrace, LeavesInRedisWhatIsExpected) {
  const RelayExpectation expected = RelayExpectation::Load();
  const RelayTrace trace = Recorded().Redated(1'700'000'000, 0);
  const RedisServer server;
  RedisClient redis = server.Connect();
  EXPECT_EQ(redis.Pipe(trace.Resp()).errors, 0);
  EXPECT_EQ(Differences(expected.usage, ReadCounters(redis, expected, "2023-11-14:22")), "");
}

TEST(Differences, NamesTheMetric) {
  UsageSums expected;
  expected[{"api_key", "k", "m"}][Metric::kRequests] = 2;
  EXPECT_EQ(Differences(expected, {}), "api_key k m requests: expected 2, is 0\n");
  EXPECT_EQ(Differences(expected, expected), "");
}

}  // namespace

}  // namespace keymeter::testing
