// One release takes over from another, with the migrations of its start: while we watch, while we are away,
// before we come, in the middle of an hour.

#include <algorithm>
#include <ostream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/integration/relay_life/relay_life.h"

namespace keymeter::testing {
namespace {

struct Step {
  const char* from;
  const char* to;
};
void PrintTo(const Step& step, std::ostream* out) {
  *out << step.from << " to " << step.to;
}

class Upgraded : public RelayLife, public ::testing::WithParamInterface<Step> {
 protected:
  void SetUp() override {
    Upgrade(GetParam().from);
    relay_.MakeEntities();
  }
  void TakeOver() { Upgrade(GetParam().to); }
  void ServeHours(int hours) {
    for (int hour = 0; hour < hours; ++hour) {
      Serve(2);
      Serve(1, {.key = 1, .account = 1, .model = 2});
      Pass(kHour);
    }
  }
};

TEST_P(Upgraded, WhileWeWatchInTheMiddleOfAnHour) {
  Watch();
  ServeHours(2);
  Serve(3);
  Pass(5 * kMinute);
  TakeOver();
  Serve(2);
  Serve(1, {.key = 2, .account = 2, .model = 3});
  ServeHours(2);
  AwaitAudit();
  EXPECT_EQ(Wrong(), "");
}

TEST_P(Upgraded, WhileWeAreAway) {
  ServeHours(1);
  Watch();
  ServeHours(1);
  Leave();
  ServeHours(3);
  Serve(1);
  TakeOver();
  Serve(2);
  Serve(1, {.key = 2, .account = 2, .model = 3});
  Watch();
  ServeHours(1);
  AwaitAudit();
  EXPECT_EQ(Wrong(), "");
  EXPECT_EQ(Value("SELECT count(*) FROM adjustments"), "0");
}

TEST_P(Upgraded, BeforeTheFirstStart) {
  ServeHours(3);
  Pass(kDay);
  ServeHours(2);
  Serve(2, {.key = 2, .account = 2, .model = 3});
  TakeOver();
  Serve(2);
  Watch();
  Serve(1);
  Serve(1, {.key = 2, .account = 2, .model = 3});
  EXPECT_EQ(Wrong(), "");
}

TEST_P(Upgraded, AndIdleSinceThenStillShowsItsOffset) {
  offset_s_.reset();
  ServeHours(3);
  Pass(3 * kHour);
  TakeOver();
  Pass(kHour);
  Watch();
  EXPECT_EQ(Wrong(), "");
  EXPECT_EQ(Value("SELECT utc_offset_s FROM processor_status"), "28800");
}

TEST_P(Upgraded, IsAuditedWithoutDrift) {
  ServeHours(2);
  Watch();
  Serve(2);
  TakeOver();
  Serve(2);
  AwaitAudit();
  EXPECT_EQ(Wrong(), "");
  EXPECT_EQ(Drift(), "");
}

INSTANTIATE_TEST_SUITE_P(BetweenAges, Upgraded,
                         ::testing::Values(Step{"1.1.10", "1.1.62"}, Step{"1.1.62", "1.1.180"},
                                           Step{"1.1.180", "1.1.264"}, Step{"1.1.262", "1.1.314"},
                                           Step{"1.1.264", "1.1.314"},
                                           Step{"1.1.314", "1.1.262"}),  // an administrator who takes it back
                         [](const auto& step) {
                           std::string name = fmt::format("From{}To{}", step.param.from, step.param.to);
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace keymeter::testing
