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

void MinuteWindows::Restore(const std::vector<GrowthRow>& rows) {
  for (const GrowthRow& row : rows) Add({row.level, row.bucket}, row.series, row.growth);
}

}  // namespace keymeter::processor
