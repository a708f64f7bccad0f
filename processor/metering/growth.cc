#include "processor/metering/growth.h"

#include <algorithm>

namespace keymeter::processor {

namespace {

constexpr std::int64_t kEdgeToleranceMs = 250;
constexpr std::int64_t kClampMs = 10 * kMinuteSeconds * 1000;

bool AnyBelow(const Amounts& now, const Amounts& before) {
  for (std::size_t i = 0; i < kMetricCount; ++i)
    if (now.values[i] < before.values[i]) return true;
  return false;
}

std::int64_t MinuteOf(std::int64_t ms) {
  return BucketOf(Level::kMinute, ms / 1000, 0);
}

/// The interval is so short that it counts as the moment of its event, even if a minute ends within it.
bool IsOneTick(const Interval& interval) {
  return interval.begins_with_event && interval.to_ms - interval.from_ms <= kEdgeToleranceMs;
}

/// What the relay's values lost when the rows grow by `growth`, as a verdict.
Verdict VerdictOf(const Amounts& before, const Amounts& now, const Amounts& growth, FallReason reason) {
  const Amounts lost = before - (now - growth);
  if (lost.IsZero()) return {growth, std::nullopt, {}};
  return {growth, reason, lost};
}

/// It began anew, so it counts in full. Rows never shrink, so values below zero count nothing.
Verdict CompareAfterEnd(const Amounts& before, const Amounts& now) {
  return VerdictOf(before, now, AnyBelow(now, {}) ? Amounts{} : now, FallReason::kReset);
}

/// A field that fell is one of those that ended. The others go on.
Verdict CompareAfterFieldsEnded(const Amounts& before, const Amounts& now) {
  if (AnyBelow(now, {})) return VerdictOf(before, now, {}, FallReason::kReset);
  Amounts began_at = before;
  for (std::size_t i = 0; i < kMetricCount; ++i)
    if (now.values[i] < before.values[i]) began_at.values[i] = 0;
  return VerdictOf(before, now, now - began_at, FallReason::kReset);
}

Verdict CompareAfterReplacement(const Amounts& before, const Amounts& now, const ReadingContext& context) {
  Amounts rows = before;
  rows += context.beyond;
  const Amounts growth = AnyBelow(now, rows) ? Amounts{} : now - rows;
  return VerdictOf(before, now, growth, context.was_away ? FallReason::kRollback : FallReason::kCorrection);
}

Placement PlaceByClock(const Interval& interval, std::int64_t utc_offset_s) {
  const auto [from_ms, to_ms] = std::minmax(interval.from_ms, interval.to_ms);
  if (IsOneTick(interval)) return {Level::kMinute, MinuteOf(from_ms)};
  for (Level level : {Level::kMinute, Level::kHour, Level::kDay, Level::kMonth}) {
    const std::int64_t bucket = BucketOf(level, from_ms / 1000, utc_offset_s);
    if (bucket == BucketOf(level, to_ms / 1000, utc_offset_s)) return {level, bucket};
  }
  return {Level::kTotal, 0};
}

}  // namespace

std::string_view FallReasonName(FallReason reason) {
  switch (reason) {
    case FallReason::kReset:
      return "reset";
    case FallReason::kRollback:
      return "rollback";
    case FallReason::kCorrection:
      return "correction";
  }
  return "?";
}

Verdict Compare(const Amounts& before, const Amounts& now, const ReadingContext& context) {
  switch (context.end) {
    case End::kNone:
      break;
    case End::kFields:
      return CompareAfterFieldsEnded(before, now);
    case End::kWhole:
      return CompareAfterEnd(before, now);
    case End::kReplaced:
      return CompareAfterReplacement(before, now, context);
  }
  if (AnyBelow(now, before))
    return {{}, context.was_away ? FallReason::kRollback : FallReason::kCorrection, before - now};
  return {now - before, std::nullopt, {}};
}

Placement Place(const Interval& interval, std::int64_t hour, std::int64_t utc_offset_s) {
  if (hour == kNoPeriod) return PlaceByClock(interval, utc_offset_s);
  const std::int64_t begin = hour * 1000;
  const std::int64_t end = begin + kHourSeconds * 1000;
  const Placement untimed{Level::kHour, hour};
  if (interval.from_ms > interval.to_ms) return untimed;
  if (interval.from_ms >= end + kClampMs || interval.to_ms < begin - kClampMs) return untimed;
  const std::int64_t first = MinuteOf(std::clamp(interval.from_ms, begin, end - 1));
  const std::int64_t last = MinuteOf(std::clamp(interval.to_ms, begin, end - 1));
  if (first == last) return {Level::kMinute, first};
  return IsOneTick(interval) && last - first == kMinuteSeconds ? Placement{Level::kMinute, first} : untimed;
}

}  // namespace keymeter::processor
