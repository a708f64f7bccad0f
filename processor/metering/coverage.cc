#include "processor/metering/coverage.h"

#include <algorithm>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kLongestStepMs = 10 * kMinuteSeconds * 1000;

}  // namespace

CoverageRow& Coverage::At(std::int64_t ms) {
  const std::int64_t minute = BucketOf(Level::kMinute, ms / 1000, 0);
  CoverageRow& row = minutes_[minute];
  row.minute = minute;
  return row;
}

void Coverage::AddEvents(std::int64_t now_ms, std::int64_t events) {
  const bool is_newest = newest_ != nullptr && now_ms >= newest_->minute * 1000 &&
                         now_ms < (newest_->minute + kMinuteSeconds) * 1000;
  if (!is_newest) newest_ = &At(now_ms);
  newest_->events += events;
}

void Coverage::CoverUntil(std::int64_t now_ms) {
  if (now_ms - covered_to_ms_ > kLongestStepMs) covered_to_ms_ = now_ms;
  while (covered_to_ms_ < now_ms) {
    CoverageRow& row = At(covered_to_ms_);
    const std::int64_t end = std::min(now_ms, (row.minute + kMinuteSeconds) * 1000);
    row.covered_ms += end - covered_to_ms_;
    covered_to_ms_ = end;
  }
}

void Coverage::Revoke(std::int64_t from_ms) {
  while (from_ms < covered_to_ms_) {
    CoverageRow& row = At(from_ms);
    const std::int64_t end = std::min(covered_to_ms_, (row.minute + kMinuteSeconds) * 1000);
    row.covered_ms -= end - from_ms;
    from_ms = end;
  }
}

void Coverage::AddReading(std::int64_t now_ms, std::int64_t delay_ms) {
  CoverageRow& row = At(now_ms);
  ++row.readings;
  row.max_delay_ms = std::max(row.max_delay_ms, delay_ms);
}

std::vector<CoverageRow> Coverage::Drain() {
  std::vector<CoverageRow> rows;
  rows.reserve(minutes_.size());
  for (const auto& [minute, row] : minutes_) rows.push_back(row);
  minutes_.clear();
  newest_ = nullptr;
  return rows;
}

void Coverage::Restore(const std::vector<CoverageRow>& rows) {
  for (const CoverageRow& row : rows) {
    CoverageRow& merged = At(row.minute * 1000);
    merged.covered_ms += row.covered_ms;
    merged.events += row.events;
    merged.readings += row.readings;
    merged.max_delay_ms = std::max(merged.max_delay_ms, row.max_delay_ms);
  }
}

}  // namespace keymeter::processor
