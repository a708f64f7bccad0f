#include "tests/integration/relay_life/life_truth.h"

#include <algorithm>

#include <fmt/format.h>

namespace keymeter::testing {

namespace {

/// The start of the period behind this one.
std::int64_t EndOf(Level level, std::int64_t at_s, std::int64_t offset_s) {
  const std::int64_t begin = BucketOf(level, at_s, offset_s);
  const std::int64_t surely_behind = begin + (level == Level::kMonth ? 32 : 1) * kDaySeconds;
  return BucketOf(level, surely_behind, offset_s);
}

/// The bucket of an hour is that of UTC, whatever the offset.
std::int64_t Bucket(Level level, std::int64_t at_s, std::int64_t offset_s) {
  return BucketOf(level, at_s, level < Level::kDay ? 0 : offset_s);
}

/// The first lines are enough to see what is missing.
std::string UnderHeading(std::string_view heading, const std::string& differences) {
  if (differences.empty()) return "";
  constexpr int kLines = 6;
  std::size_t end = 0;
  for (int line = 0; line < kLines && end < differences.size(); ++line) end = differences.find('\n', end) + 1;
  const auto more =
      std::count(differences.begin() + static_cast<std::ptrdiff_t>(end), differences.end(), '\n');
  return fmt::format("{}:\n{}{}", heading, differences.substr(0, end),
                     more > 0 ? fmt::format("and {} more\n", more) : "");
}

}  // namespace

void LifeTruth::Add(Level level, std::int64_t at_s, const UsageId& id, const Amounts& amounts) {
  items_.push_back({level, at_s, id, amounts, level == Level::kMinute});
}

void LifeTruth::See(const std::function<std::optional<Level>(const Item&)>& finest) {
  std::vector<Item> items;
  for (Item& item : items_) {
    if (!item.is_seen) {
      const std::optional<Level> level = finest(item);
      if (!level) continue;
      item.level = *level;
      item.is_seen = true;
    }
    items.push_back(item);
  }
  items_ = std::move(items);
}

void LifeTruth::Raise(Level level, std::int64_t at_s, const UsageId& id, const Amounts& at_least) {
  const std::int64_t bucket = Bucket(level, at_s, offset_s_);
  Amounts known;
  for (const Item& item : items_)
    if (item.id == id && item.level <= level && Bucket(level, item.at_s, offset_s_) == bucket)
      known += item.amounts;
  Amounts missing;
  for (std::size_t i = 0; i < kMetricCount; ++i)
    missing.values[i] = std::max<std::int64_t>(0, at_least.values[i] - known.values[i]);
  Add(level, at_s, id, missing);
}

bool LifeTruth::IsOver(Level level, std::int64_t at_s, std::int64_t now_s) const {
  return level < Level::kDay || EndOf(level, at_s, offset_s_) <= now_s;
}

BucketSums LifeTruth::Expected(Level level, std::int64_t now_s) const {
  BucketSums sums;
  for (const Item& item : items_)
    if (item.level <= level && IsOver(item.level, item.at_s, now_s))
      sums[Bucket(level, item.at_s, offset_s_)][item.id] += item.amounts;
  return Compared(sums);
}

BucketSums LifeTruth::Compared(BucketSums sums) const {
  if (has_money_) return sums;
  for (auto& [bucket, usage] : sums)
    for (auto& [id, amounts] : usage) amounts[Metric::kCostMicros] = amounts[Metric::kRealCostMicros] = 0;
  return sums;
}

std::string LifeTruth::LevelDifferences(Level level, const DatabaseRows& rows, std::int64_t now_s) const {
  const BucketSums expected = Expected(level, now_s);
  const BucketSums ours = Compared(SumBuckets(rows, level));
  return UnderHeading(LevelName(level), level == Level::kMinute ? Excess(expected, ours)
                                                                : testing::Differences(expected, ours));
}

std::string LifeTruth::HourDifferences(const DatabaseRows& rows, std::int64_t now_s) const {
  return LevelDifferences(Level::kHour, rows, now_s) + LevelDifferences(Level::kMinute, rows, now_s);
}

std::string LifeTruth::Differences(const DatabaseRows& rows, std::int64_t now_s) const {
  return HourDifferences(rows, now_s) + LevelDifferences(Level::kDay, rows, now_s) +
         LevelDifferences(Level::kMonth, rows, now_s);
}

}  // namespace keymeter::testing
