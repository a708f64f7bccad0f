#include "processor/metering/minute_windows.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace keymeter::processor {

MinuteWindows::RowNumber MinuteWindows::LastOf(SeriesId series) const {
  if (series >= last_.size()) return kNoRow;
  const RowNumber last = last_[series];
  return last < rows_.size() && rows_[last].series == series ? last : kNoRow;
}

void MinuteWindows::Append(const GrowthRow& row) {
  if (row.series >= last_.size()) last_.resize(row.series + 1, kNoRow);
  previous_.push_back(LastOf(row.series));
  last_[row.series] = static_cast<RowNumber>(rows_.size());
  rows_.push_back(row);
}

void MinuteWindows::Add(const Placement& placement, SeriesId series, const Amounts& growth) {
  for (RowNumber number = LastOf(series); number != kNoRow; number = previous_[number]) {
    GrowthRow& row = rows_[number];
    if (row.level != placement.level || row.bucket != placement.bucket) continue;
    row.growth += growth;
    return;
  }
  Append({placement.level, placement.bucket, series, growth});
}

std::vector<GrowthRow> MinuteWindows::Drain() {
  // As much room as the last rows took: growing step by step would copy them, and hold up the loop.
  std::vector<GrowthRow> next;
  next.reserve(rows_.size());
  previous_.clear();
  return std::exchange(rows_, std::move(next));
}

/// Merges by sorting: after an outage a series may have hundreds of rows, too many to search for each row
/// that comes back.
void MinuteWindows::Restore(const std::vector<GrowthRow>& rows, std::int64_t utc_offset_s) {
  std::int64_t newest = 0;
  for (const GrowthRow& row : rows) newest = std::max(newest, row.bucket);
  const std::int64_t oldest_minute = newest - kMostMinutes * kMinuteSeconds;
  const std::int64_t oldest_hour = newest - kMostHours * kHourSeconds;
  std::vector<GrowthRow> all = Drain();
  all.reserve(all.size() + rows.size());
  for (const GrowthRow& row : rows) {
    Level level = row.level;
    if (level == Level::kMinute && row.bucket < oldest_minute) level = Level::kHour;
    if (level == Level::kHour && row.bucket < oldest_hour) level = Level::kDay;
    all.push_back({level, BucketOf(level, row.bucket, utc_offset_s), row.series, row.growth});
  }
  // The newest minutes last: the next growth looks there first.
  std::sort(all.begin(), all.end(), [](const GrowthRow& a, const GrowthRow& b) {
    return std::tie(b.level, a.bucket, a.series) < std::tie(a.level, b.bucket, b.series);
  });
  for (const GrowthRow& row : all) {
    GrowthRow* last = rows_.empty() ? nullptr : &rows_.back();
    if (last != nullptr && last->level == row.level && last->bucket == row.bucket &&
        last->series == row.series) {
      last->growth += row.growth;
    } else {
      Append(row);
    }
  }
}

}  // namespace keymeter::processor
