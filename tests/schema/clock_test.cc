#include "schema/clock.h"

#include <chrono>

#include <gtest/gtest.h>

namespace keymeter {

namespace {

TEST(SystemClock, TellsTheTimeOfTheSystem) {
  using std::chrono::milliseconds;
  using std::chrono::system_clock;
  const auto now_ms = [] {
    return std::chrono::duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  };
  const SystemClock clock;
  const std::int64_t before = now_ms();
  const std::int64_t wall = clock.WallMs();
  EXPECT_LE(before, wall);
  EXPECT_LE(wall, now_ms());
}

TEST(SystemClock, NeverGoesBackwardsWhereItIsMonotonic) {
  const SystemClock clock;
  const std::int64_t first = clock.MonotonicMs();
  EXPECT_LE(first, clock.MonotonicMs());
}

TEST(ManualClock, MovesBothTimesOnlyWhenTold) {
  ManualClock clock(5000);
  const std::int64_t monotonic = clock.MonotonicMs();
  EXPECT_EQ(clock.WallMs(), 5000);
  clock.AdvanceMs(250);
  EXPECT_EQ(clock.WallMs(), 5250);
  EXPECT_EQ(clock.MonotonicMs(), monotonic + 250);
}

}  // namespace

}  // namespace keymeter
