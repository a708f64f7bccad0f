#include "processor/metering/rolling_rate.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

TEST(RollingRate, IsZeroAtFirst) {
  EXPECT_DOUBLE_EQ(RollingRate().Trailing(At("12:30:00"), 10), 0.0);
}

TEST(RollingRate, CountsTheTrailingMinute) {
  RollingRate rate;
  rate.Add(At("12:30:10"), 3);
  rate.Add(At("12:30:20"), 4);
  EXPECT_DOUBLE_EQ(rate.Trailing(At("12:30:30"), 1), 7.0);
}

TEST(RollingRate, WeighsTheOldestMinuteByThePartOfItThatIsInside) {
  RollingRate rate;
  rate.Add(At("12:30:59"), 60);
  EXPECT_DOUBLE_EQ(rate.Trailing(At("12:31:00"), 1), 60.0);
  EXPECT_DOUBLE_EQ(rate.Trailing(At("12:31:15"), 1), 45.0);
  EXPECT_NEAR(rate.Trailing(At("12:31:59.999"), 1), 0.001, 1e-9);
}

TEST(RollingRate, FallsToZeroWhenTrafficStops) {
  RollingRate rate;
  rate.Add(At("12:30:59"), 60);
  EXPECT_DOUBLE_EQ(rate.Trailing(At("12:32:00"), 1), 0.0);
  EXPECT_DOUBLE_EQ(rate.Trailing(At("12:41:00"), 10), 0.0);
  EXPECT_DOUBLE_EQ(rate.Trailing(At("12:52:00"), 10), 0.0);
}

TEST(RollingRate, CountsTenMinutes) {
  RollingRate rate;
  for (std::int64_t minute = 0; minute < 25; ++minute) rate.Add(At("12:30:00") + minute * 60'000, 6);
  EXPECT_DOUBLE_EQ(rate.Trailing(At("12:54:30"), 10), 9 * 6 + 6 + 3.0);
  EXPECT_DOUBLE_EQ(rate.Trailing(At("12:54:30"), 1), 9.0);
}

TEST(RollingRate, DoesNotCountMinutesOfTheFuture) {
  RollingRate rate;
  rate.Add(At("12:30:10"), 3);
  EXPECT_DOUBLE_EQ(rate.Trailing(At("12:25:00"), 10), 0.0);
}

}  // namespace

}  // namespace keymeter::processor
