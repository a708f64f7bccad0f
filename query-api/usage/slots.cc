#include "query-api/usage/slots.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kWeekSeconds = 7 * kDaySeconds;
constexpr std::int64_t kMondayShift = 3 * kDaySeconds;  // 1970-01-01 was a Thursday
constexpr std::int64_t kDefaultMaxSlots = 300;
constexpr std::array<std::int64_t, 6> kDefaultLengths = {60, 300, 900, 3600, 21'600, kDaySeconds};

std::int64_t FloorTo(std::int64_t value, std::int64_t step) {
  const std::int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

std::int64_t DefaultSpan(const SlotRequest& request) {
  if (request.unit == "month") return 365 * kDaySeconds;
  if (request.unit == "week" || request.slot_sec.value_or(0) >= kDaySeconds) return 30 * kDaySeconds;
  return kDaySeconds;
}

/// The finest usual length that cuts the span into a chart's worth of slots.
std::int64_t DefaultLength(std::int64_t span_s) {
  for (const std::int64_t length : kDefaultLengths)
    if (span_s / length <= kDefaultMaxSlots) return length;
  return kDaySeconds;
}

Level LevelOf(std::int64_t length) {
  if (length == 0) return Level::kMonth;
  if (length % kDaySeconds == 0) return Level::kDay;
  return length % kHourSeconds == 0 ? Level::kHour : Level::kMinute;
}

}  // namespace

Result<Slots> Slots::Make(const SlotRequest& request, std::int64_t now_ms, std::int64_t utc_offset_s) {
  if (request.slot_sec && !request.unit.empty())
    return Fail(ErrorCode::kInvalid, "slot_sec and unit exclude each other");
  if (request.slot_sec && (*request.slot_sec <= 0 || *request.slot_sec % kMinuteSeconds != 0))
    return Fail(ErrorCode::kInvalid, "slot_sec takes a multiple of 60");
  const std::int64_t span_ms = DefaultSpan(request) * 1000;
  std::int64_t end_ms = request.end_ms.value_or(now_ms);
  if (request.start_ms && !request.end_ms && *request.start_ms >= now_ms)
    end_ms = *request.start_ms + span_ms;
  const std::int64_t start_ms = request.start_ms.value_or(end_ms > span_ms ? end_ms - span_ms : 0);
  if (start_ms >= end_ms) return Fail(ErrorCode::kInvalid, "end_ms must be after start_ms");

  Slots slots;
  slots.offset_ = utc_offset_s;
  slots.shift_ = utc_offset_s;
  if (request.unit == "week") {
    slots.length_ = kWeekSeconds;
    slots.shift_ += kMondayShift;
  } else if (request.unit.empty()) {
    slots.length_ = request.slot_sec.value_or(DefaultLength((end_ms - start_ms) / 1000));
  }
  slots.level_ = LevelOf(slots.length_);
  slots.start_ = slots.Floor(start_ms / 1000);
  slots.end_ = slots.Next(slots.Floor((end_ms - 1) / 1000));
  const std::int64_t count = slots.CountSlots();
  if (count > kMaxSlots)
    return Fail(ErrorCode::kInvalid,
                "the span holds {} slots, at most {} are given: ask for a shorter span or longer slots",
                count, kMaxSlots);
  if (slots.level_ == Level::kMinute && slots.end_ - slots.start_ > kMaxMinuteDays * kDaySeconds)
    return Fail(ErrorCode::kInvalid, "slots that are no whole hours span at most {} days", kMaxMinuteDays);
  slots.count_ = static_cast<std::size_t>(count);
  return slots;
}

Result<Slots> Slots::WidenedTo(const Horizons& horizons) const {
  Slots wide = *this;
  const Level first = horizons.KeptLevel(level_, start_);
  if (first > level_) wide.start_ = Floor(BucketOf(first, start_, offset_));
  const Level last = horizons.KeptLevel(level_, end_ - 1);
  if (last > level_)
    wide.end_ = Next(Floor(NextBucket(last, BucketOf(last, end_ - 1, offset_), offset_) - 1));
  const std::int64_t count = wide.CountSlots();
  if (count > kMaxSlots)
    return Fail(
        ErrorCode::kInvalid,
        "of that time only {}s are kept, and a whole one holds too many slots ({} in all, at most {} are "
        "given): ask for longer slots",
        LevelName(std::max(first, last)), count, kMaxSlots);
  wide.count_ = static_cast<std::size_t>(count);
  return wide;
}

std::int64_t Slots::CountSlots() const {
  return IsMonths() ? MonthNumber(end_ - 1) - MonthNumber(start_) + 1 : (end_ - start_) / length_;
}

std::int64_t Slots::Floor(std::int64_t epoch_seconds) const {
  if (IsMonths()) return BucketOf(Level::kMonth, epoch_seconds, offset_);
  return FloorTo(epoch_seconds + shift_, length_) - shift_;
}

std::int64_t Slots::Next(std::int64_t slot) const {
  return IsMonths() ? NextBucket(Level::kMonth, slot, offset_) : slot + length_;
}

std::int64_t Slots::StartOf(std::size_t index) const {
  if (!IsMonths()) return start_ + static_cast<std::int64_t>(index) * length_;
  std::int64_t slot = start_;
  for (std::size_t i = 0; i < index; ++i) slot = Next(slot);
  return slot;
}

std::optional<std::size_t> Slots::IndexOf(std::int64_t epoch_seconds) const {
  if (epoch_seconds < start_ || epoch_seconds >= end_) return std::nullopt;
  if (IsMonths()) return static_cast<std::size_t>(MonthNumber(epoch_seconds) - MonthNumber(start_));
  return static_cast<std::size_t>((epoch_seconds - start_) / length_);
}

/// Months since the year 0.
std::int64_t Slots::MonthNumber(std::int64_t epoch_seconds) const {
  const std::string month = FormatMonth(epoch_seconds, offset_);
  std::int64_t year = 0;
  std::int64_t of_year = 0;
  const std::size_t dash = month.rfind('-');
  std::from_chars(month.data(), month.data() + dash, year);
  std::from_chars(month.data() + dash + 1, month.data() + month.size(), of_year);
  return year * 12 + of_year - 1;
}

}  // namespace keymeter::query_api
