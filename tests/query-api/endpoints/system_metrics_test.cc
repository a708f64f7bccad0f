#include "query-api/endpoints/system_metrics.h"

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

TEST(SystemMetrics, SumUpAllKeys) {
  UsageFile file;
  file.Heartbeat(kNowMs - 100)
      .Minute(kMinuteNow, {.entity = "k1", .requests = 4})
      .Minute(kMinuteNow - 60, {.entity = "k2", .requests = 6})
      .Minute(kMinuteNow - 300, {.entity = "k2", .requests = 10})
      .Minute(kMinuteNow - 3600, {.entity = "k3", .requests = 99})
      .Minute(kMinuteNow, {.kind = "account", .entity = "a1", .requests = 14});
  const Json metrics = ApiUnderTest(file.path()).GetJson("/api/realtime/system-metrics");
  EXPECT_EQ(metrics["realtimeRPM"], 7.0);  // half of the last minute is still inside
  EXPECT_EQ(metrics["realtimeTPM"], 105.0);
  EXPECT_EQ(metrics["windowMinutes"], 10);
  EXPECT_EQ(metrics["totalRequests"], 20);
  EXPECT_EQ(metrics["totalTokens"], 300);
  EXPECT_EQ(metrics["inputTokens"], 200);
  EXPECT_EQ(metrics["outputTokens"], 100);
  EXPECT_EQ(metrics["activeKeys"], 2);
  EXPECT_EQ(metrics["activeAccounts"], 1);
  EXPECT_EQ(metrics["asOf"], FormatRfc3339(kNowMs));
  EXPECT_EQ(metrics["processor"].dump(),
            fmt::format(R"({{"connected":true,"lastEventAt":"{}","lagMs":3,"drift":0,"profile":"test"}})",
                        FormatRfc3339(kNowMs - 100)));
}

TEST(SystemMetrics, FallToZeroAndSaySo) {
  UsageFile file;
  file.Heartbeat(kNowMs).Minute(kMinuteNow, {.entity = "k1", .requests = 4});
  ApiUnderTest api(file.path());
  api.clock.AdvanceMs(1'200'000);
  const Json metrics = api.GetJson("/api/realtime/system-metrics");
  EXPECT_EQ(metrics["realtimeRPM"], 0.0);
  EXPECT_EQ(metrics["totalRequests"], 0);
  EXPECT_EQ(metrics["activeKeys"], 0);
  EXPECT_EQ(metrics["processor"]["connected"], false);  // its last word is 20 minutes old
}

TEST(SystemMetrics, WithoutAProcessorThereIsNoLastEvent) {
  UsageFile file;
  const Json metrics = ApiUnderTest(file.path()).GetJson("/api/realtime/system-metrics");
  EXPECT_EQ(metrics["processor"]["lastEventAt"], Json());
  EXPECT_EQ(metrics["processor"]["connected"], false);
}

}  // namespace
}  // namespace keymeter::query_api
