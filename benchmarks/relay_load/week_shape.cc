#include "benchmarks/relay_load/week_shape.h"

#include <array>

namespace keymeter::relay_load {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kHourSeconds = 3600;
constexpr std::int64_t kFirstMonday = 4;  // 1970-01-05, in days since 1970-01-01

constexpr std::int64_t kBurstAgo = 29;  // hours: yesterday
constexpr std::int64_t kBurstPercent = 600;
constexpr BusyPart kBurst{1'200'000, 1'800'000};  // 20 to 30 minutes past the hour
constexpr std::int64_t kDownAgo = 76;             // three days back, for three hours
constexpr std::int64_t kDownHours = 3;
constexpr std::int64_t kWeekendPercent = 35;

/// Percent of the mean, by the hour of a working day. A week of them is 100 on average.
constexpr std::array<std::int64_t, 24> kDay = {20,  10,  5,   5,   5,   10,  30,  70,  140, 210, 260, 240,
                                               150, 170, 250, 270, 240, 210, 150, 120, 110, 90,  60,  40};

}  // namespace

std::int64_t WeekShape::Requests(std::int64_t hour_start, std::int64_t hours_ago) const {
  if (hours_ago <= kDownAgo && hours_ago > kDownAgo - kDownHours) return 0;
  if (hours_ago == kBurstAgo) return mean_ * kBurstPercent / 100;
  const std::int64_t local = hour_start + offset_seconds_;
  const std::int64_t hour = local % kDaySeconds / kHourSeconds;
  const std::int64_t day_of_week = (local / kDaySeconds - kFirstMonday) % 7;
  const std::int64_t percent = kDay.at(static_cast<std::size_t>(hour));
  return mean_ * percent * (day_of_week >= 5 ? kWeekendPercent : 100) / 10'000;
}

BusyPart WeekShape::BusyPartOf(std::int64_t hours_ago) {
  return hours_ago == kBurstAgo ? kBurst : BusyPart();
}

}  // namespace keymeter::relay_load
