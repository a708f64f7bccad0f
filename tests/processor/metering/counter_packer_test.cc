#include "processor/metering/counter_packer.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

class CounterPackerTest : public ::testing::Test {
 protected:
  /// A counter of hour 12, read once and durable.
  CounterPackerTest() { counters_.Restore({Hour(12), 1, At("12:30:00"), Usage(3)}); }

  void Unpack() { counters_.Unpack(Hour(0)); }
  /// How many steps a whole pass takes.
  int PackAll(std::int64_t newest_hour, std::int64_t now_ms) {
    int steps = 1;
    while (packer_.Pack(counters_, newest_hour, now_ms)) ++steps;
    return steps;
  }

  CounterTable counters_;
  CounterPacker packer_;
};

TEST_F(CounterPackerTest, PacksAnHourFiveMinutesAfterItsEnd) {
  Unpack();
  PackAll(Hour(13), At("13:04:59"));
  EXPECT_EQ(counters_.unpacked(), 1U);
  PackAll(Hour(13), At("13:05:00"));
  EXPECT_EQ(counters_.unpacked(), 0U);
}

TEST_F(CounterPackerTest, TakesNoHourForClosedThatTheRelayHasNotReachedTheEndOf) {
  Unpack();
  PackAll(Hour(12), At("14:00:00"));
  EXPECT_EQ(counters_.unpacked(), 1U) << "the relay's clock is behind ours";
}

TEST_F(CounterPackerTest, HasNothingToDoUntilAnotherHourHasClosed) {
  PackAll(Hour(13), At("13:05:00"));
  EXPECT_FALSE(packer_.HasToPack(counters_, Hour(13), At("13:30:00")));
  Unpack();
  EXPECT_FALSE(packer_.HasToPack(counters_, Hour(13), At("13:30:00"))) << "one is not worth a pass";
  EXPECT_TRUE(packer_.HasToPack(counters_, Hour(14), At("14:05:00")));
}

TEST_F(CounterPackerTest, GoesThroughTheTableAgainWhenManyHaveBeenUnpacked) {
  for (SeriesId series = 2; series <= 12'000; ++series)
    counters_.Restore({Hour(12), series, At("12:30:00"), Usage(3)});
  PackAll(Hour(13), At("13:05:00"));
  Unpack();
  EXPECT_TRUE(packer_.HasToPack(counters_, Hour(13), At("13:30:00")));
  EXPECT_GT(PackAll(Hour(13), At("13:30:00")), 1) << "in steps";
  EXPECT_EQ(counters_.unpacked(), 0U);
}

}  // namespace

}  // namespace keymeter::processor
