#include "benchmarks/relay_load/week_shape.h"

#include <gtest/gtest.h>

namespace keymeter::relay_load {
namespace {

constexpr std::int64_t kMonday = 1'795'363'200;  // 2026-11-23T00:00:00+08:00, less the offset
constexpr std::int64_t kPlus8 = std::int64_t{8} * 3600;

std::int64_t At(std::int64_t day, std::int64_t hour) {
  constexpr std::int64_t kLongAgo = 1000;
  return WeekShape(100, kPlus8).Requests(kMonday + (day * 24 + hour) * 3600, kLongAgo);
}

TEST(WeekShape, HasNightsDaysAndWeekends) {
  EXPECT_LT(At(0, 3), 10);
  EXPECT_GT(At(0, 15), 200);
  EXPECT_EQ(At(5, 15), At(0, 15) * 35 / 100) << "Saturday";
  EXPECT_EQ(At(7, 15), At(0, 15)) << "Monday again";
}

TEST(WeekShape, HasAboutTheMeanThatIsAskedFor) {
  std::int64_t sum = 0;
  for (std::int64_t hour = 0; hour < 168; ++hour) sum += At(0, hour);
  EXPECT_NEAR(static_cast<double>(sum) / 168, 100, 10);
}

TEST(WeekShape, HasABurstAndATimeWithoutTheRelay) {
  const WeekShape shape(100, kPlus8);
  EXPECT_EQ(shape.Requests(kMonday, 29), 600);
  EXPECT_EQ(WeekShape::BusyPartOf(29).to_ms - WeekShape::BusyPartOf(29).from_ms, 600'000);
  for (std::int64_t ago = 74; ago <= 76; ++ago) EXPECT_EQ(shape.Requests(kMonday, ago), 0);
  EXPECT_GT(shape.Requests(kMonday, 73), 0);
}

}  // namespace
}  // namespace keymeter::relay_load
