#include "processor/offset_detector.h"

#include <algorithm>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kHourMs = kHourSeconds * 1000;
constexpr std::int64_t kEdgeMs = 2000;
constexpr std::int64_t kLateMs = 10 * 60 * 1000;
constexpr std::int64_t kContradictionMs = 10'000;
constexpr std::int64_t kContradictionEvents = 20;

/// Only offsets that exist on earth.
std::optional<std::int64_t> OffsetBetween(std::int64_t naive_hour, std::int64_t moment_ms) {
  const std::int64_t hours = naive_hour - moment_ms / kHourMs;
  if (hours < -12 || hours > 14) return std::nullopt;
  return hours * kHourSeconds;
}

bool IsAtEdge(std::int64_t moment_ms) {
  const std::int64_t in_hour = moment_ms % kHourMs;
  return in_hour < kEdgeMs || in_hour > kHourMs - kEdgeMs;
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
  const auto shown = OffsetBetween(naive_hour, now_ms);
  if (!shown) return;
  if (is_increment && !IsAtEdge(now_ms)) {
    known_s_ = shown;
    return;
  }
  if (first_seen_ms_ == 0) first_seen_ms_ = now_ms;
  if (newest_seen_ms_ == 0 || naive_hour > newest_seen_) {
    newest_seen_ = naive_hour;
    newest_seen_ms_ = now_ms;
  }
  Settle(now_ms);
}

void OffsetDetector::Settle(std::int64_t now_ms) {
  if (known_s_ || first_seen_ms_ == 0 || now_ms - first_seen_ms_ <= kEdgeMs) return;
  // By the hour in which the key was seen: by now the next one may have begun. Just behind an edge it may
  // have been a late write of the hour before: then only an event farther from the edge tells.
  if (newest_seen_ms_ % kHourMs >= kEdgeMs) known_s_ = OffsetBetween(newest_seen_, newest_seen_ms_);
  first_seen_ms_ = newest_seen_ms_ = 0;
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
