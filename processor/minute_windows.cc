#include "processor/minute_windows.h"

#include <algorithm>
#include <tuple>

namespace keymeter::processor {

std::size_t MinuteWindows::Hash::operator()(const Key& key) const {
  constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;
  std::uint64_t hash = static_cast<std::uint64_t>(key.bucket) * 4 + static_cast<std::uint64_t>(key.level);
  hash = (hash * kGoldenRatio) ^ (hash >> 29);
  return (hash ^ key.series) * kGoldenRatio;
}

void MinuteWindows::Add(const Placement& placement, SeriesId series, const Amounts& growth) {
  growth_[{placement.level, placement.bucket, series}] += growth;
}

std::vector<GrowthRow> MinuteWindows::Drain() {
  std::vector<GrowthRow> rows;
  rows.reserve(growth_.size());
  for (const auto& [key, growth] : growth_) rows.push_back({key.level, key.bucket, key.series, growth});
  growth_.clear();
  std::sort(rows.begin(), rows.end(), [](const GrowthRow& a, const GrowthRow& b) {
    return std::tie(a.level, a.bucket, a.series) < std::tie(b.level, b.bucket, b.series);
  });
  return rows;
}

void MinuteWindows::Restore(const std::vector<GrowthRow>& rows, std::int64_t utc_offset_s) {
  std::int64_t newest = 0;
  for (const GrowthRow& row : rows) newest = std::max(newest, row.bucket);
  const std::int64_t oldest_minute = newest - kMostMinutes * kMinuteSeconds;
  const std::int64_t oldest_hour = newest - kMostHours * kHourSeconds;
  for (const GrowthRow& row : rows) {
    Level level = row.level;
    if (level == Level::kMinute && row.bucket < oldest_minute) level = Level::kHour;
    if (level == Level::kHour && row.bucket < oldest_hour) level = Level::kDay;
    Add({level, BucketOf(level, row.bucket, utc_offset_s)}, row.series, row.growth);
  }
}

}  // namespace keymeter::processor
