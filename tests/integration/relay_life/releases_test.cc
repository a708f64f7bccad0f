// Every age of the relay, as it counts: met for the first time, watched, left alone and met again.

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/integration/relay_life/relay_life.h"

namespace keymeter::testing {
namespace {

class Release : public RelayLife, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    Upgrade(GetParam());
    relay_.MakeEntities();
  }
  /// Some days of three keys, three accounts and models with colons.
  void ServeForDays(int days) {
    for (int day = 0; day < days; ++day) {
      Serve(2);
      Serve(1, {.key = 1, .account = 1, .model = 2});
      Pass(5 * kHour);
      Serve(1, {.key = 2, .account = 2, .model = 4});
      Pass(19 * kHour);
    }
  }
};

TEST_P(Release, OfSomeDaysIsReadWholeAtTheFirstStart) {
  ServeForDays(5);
  Serve(3);
  Watch();
  EXPECT_EQ(Wrong(), "");
}

TEST_P(Release, OlderThanItsHoursIsReadByDaysAndMonths) {
  ServeForDays(2);
  Pass(9 * kDay);
  Serve(1);
  Pass(25 * kDay);
  Serve(2);
  Watch();
  EXPECT_EQ(Wrong(), "");
}

TEST_P(Release, IsMeteredWhileItServes) {
  Watch();
  ServeForDays(2);
  EXPECT_EQ(Wrong(), "");
  EXPECT_EQ(Value("SELECT sum(requests) FROM api_key_usage_minute"), "8");
  AwaitAudit();
  EXPECT_EQ(Wrong(), "");
}

TEST_P(Release, MetInTheMiddleOfAnHourShowsInTheMinuteOnlyWhatCameThen) {
  Serve(5);
  Pass(10 * kMinute);
  Watch();
  Serve(1);
  Serve(1, {.key = 1, .account = 1, .model = 1});
  EXPECT_EQ(Wrong(), "");
  EXPECT_EQ(Value("SELECT sum(requests) FROM api_key_usage_minute"), "2");
}

TEST_P(Release, LeftAloneForHoursIsMadeUpFor) {
  Serve(2);
  Watch();
  Serve(3);
  Leave();
  ServeForDays(2);
  Watch();
  Serve(1);
  EXPECT_EQ(Wrong(), "");
  EXPECT_EQ(Value("SELECT count(*) FROM adjustments"), "0");
}

TEST_P(Release, LeftAloneForLongerThanItKeepsHoursIsMadeUpFor) {
  Watch();
  Serve(3);
  Leave();
  ServeForDays(2);
  Pass(9 * kDay);
  Serve(2);
  Watch();
  EXPECT_EQ(Wrong(), "");
}

TEST_P(Release, IsAuditedWithoutDrift) {
  Serve(2);
  Watch();
  Serve(3);
  Serve(2, {.key = 1, .account = 1, .model = 4});
  AwaitAudit();
  EXPECT_EQ(Wrong(), "");
  EXPECT_EQ(Drift(), "");
}

TEST_P(Release, ThatIsIdleShowsItsOffset) {
  offset_s_.reset();
  Serve(2);
  Pass(3 * kHour);
  Serve(1, {.key = 1, .account = 1, .model = 2});
  Pass(2 * kHour);
  Watch();
  EXPECT_EQ(Wrong(), "");
  EXPECT_EQ(Value("SELECT utc_offset_s FROM processor_status"), "28800");
}

INSTANTIATE_TEST_SUITE_P(OfEveryAge, Release,
                         ::testing::Values("1.1.10", "1.1.62", "1.1.180", "1.1.262", "1.1.264", "1.1.314"),
                         [](const auto& release) {
                           std::string name = release.param;
                           std::ranges::replace(name, '.', '_');
                           return "v" + name;
                         });

}  // namespace
}  // namespace keymeter::testing
