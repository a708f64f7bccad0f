#include "processor/metering/offset_detector.h"

#include <algorithm>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kHourMs = kHourSeconds * 1000;
constexpr std::int64_t kEdgeMs = 2000;
constexpr std::int64_t kStableMs = 1000;
constexpr std::int64_t kLateMs = 10 * kMinuteSeconds * 1000;
constexpr std::int64_t kContradictionMs = 10'000;
constexpr std::int64_t kContradictionEvents = 20;

/// Empty when there is no such offset on earth.
std::optional<std::int64_t> OffsetBetween(std::int64_t naive_hour, std::int64_t moment_ms) {
  const std::int64_t hours = naive_hour - moment_ms / kHourMs;
  if (hours < -12 || hours > 14) return std::nullopt;
  return hours * kHourSeconds;
}

}  // namespace

void OffsetDetector::OnNewestHour(std::int64_t naive_hour, std::int64_t written_ms) {
  // Just behind an hour's edge it may have been a late write of the hour before.
  if (!known_s_ && written_ms % kHourMs >= kEdgeMs) known_s_ = OffsetBetween(naive_hour, written_ms);
}

void OffsetDetector::OnLiveHour(std::int64_t naive_hour, std::int64_t now_ms, bool is_increment) {
  if (known_s_) {
    if (is_increment) Watch(naive_hour, now_ms);
    return;
  }
  if (candidate_last_ms_ == 0 || naive_hour != candidate_) {
    candidate_ = naive_hour;
    candidate_since_ms_ = now_ms;
  }
  candidate_last_ms_ = now_ms;
  Settle(now_ms);
}

void OffsetDetector::Settle(std::int64_t now_ms) {
  if (known_s_ || candidate_last_ms_ == 0 || now_ms - candidate_since_ms_ < kStableMs) return;
  // Just behind an hour's edge it may have been a late write of the hour before: another event will tell.
  if (candidate_last_ms_ % kHourMs >= kEdgeMs) known_s_ = OffsetBetween(candidate_, candidate_last_ms_);
}

void OffsetDetector::Watch(std::int64_t naive_hour, std::int64_t now_ms) {
  const std::int64_t local_ms = now_ms + *known_s_ * 1000;
  const bool agrees =
      naive_hour >= (local_ms - kLateMs) / kHourMs && naive_hour <= (local_ms + kLateMs) / kHourMs;
  const auto shown = OffsetBetween(naive_hour, now_ms);
  if (agrees) other_events_ = 0;
  if (agrees || !shown) return;
  if (other_events_ == 0 || *shown != other_s_) {
    other_s_ = *shown;
    other_since_ms_ = now_ms;
    other_events_ = 0;
  }
  ++other_events_;
  if (other_events_ >= kContradictionEvents && now_ms - other_since_ms_ >= kContradictionMs)
    contradiction_s_ = other_s_;
}

}  // namespace keymeter::processor
