#include "processor/metering/offset_detector.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "processor/metering/proven_time.h"
#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kHourMs = kHourSeconds * 1000;
constexpr std::int64_t kEdgeMs = 2000;
constexpr std::int64_t kStableMs = 1000;
constexpr std::int64_t kLateMs = 10 * kMinuteSeconds * 1000;
constexpr std::int64_t kSureEvents = 5;

/// What it takes to contradict a known offset. One that was only inferred can be taken back without loss, so
/// it takes little more than what would have shown the offset in the first place: one request, which grows
/// two counters at least (a key's and an account's), or two.
struct Proof {
  std::int64_t events;
  std::int64_t ms;
};
constexpr Proof kAgainstInferred{5, 2000};
constexpr Proof kAgainstOthers{20, 10'000};

constexpr auto kNames = std::to_array<std::pair<OffsetOrigin, std::string_view>>({
    {OffsetOrigin::kUnknown, ""},
    {OffsetOrigin::kInferred, "inferred"},
    {OffsetOrigin::kShown, "shown"},
    {OffsetOrigin::kSaid, "said"},
    {OffsetOrigin::kSeen, "seen"},
});

/// The hour may be the present one, or one that ended (or begins) within ten minutes.
bool Agrees(std::int64_t naive_hour, std::int64_t local_ms) {
  return naive_hour >= (local_ms - kLateMs) / kHourMs && naive_hour <= (local_ms + kLateMs) / kHourMs;
}

}  // namespace

std::string_view OffsetOriginName(OffsetOrigin origin) {
  for (const auto& [value, name] : kNames)
    if (value == origin) return name;
  return "";
}

OffsetOrigin OffsetOriginNamed(std::string_view name) {
  for (const auto& [value, text] : kNames)
    if (text == name) return value;
  return OffsetOrigin::kUnknown;
}

void OffsetDetector::OnInferred(std::int64_t offset_s) {
  if (!known_s_) {
    known_s_ = offset_s;
    origin_ = OffsetOrigin::kInferred;
  } else if (origin_ == OffsetOrigin::kInferred && *known_s_ != offset_s) {
    contradiction_s_ = offset_s;
  }
}

void OffsetDetector::OnLiveHour(std::int64_t naive_hour, std::int64_t now_ms, bool is_increment,
                                std::string_view counter) {
  if (known_s_) {
    if (is_increment) Watch(naive_hour, now_ms, counter);
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
  if (known_s_) {
    // A relay that is seldom used writes a few events, and then nothing for long.
    if (IsEasilyTakenBack() && IsContradicted(now_ms)) contradiction_s_ = other_s_;
    return;
  }
  if (candidate_last_ms_ == 0 || now_ms - candidate_since_ms_ < kStableMs) return;
  // Just behind an hour's edge it may have been a late write of the hour before: another event will tell.
  if (candidate_last_ms_ % kHourMs < kEdgeMs) return;
  known_s_ = OffsetBetween(candidate_, candidate_last_ms_);
  if (known_s_) origin_ = OffsetOrigin::kShown;
}

void OffsetDetector::OnClockStep(std::int64_t step_ms, std::int64_t now_ms) {
  stepped_ms_ += step_ms;
  stepped_at_ms_ = now_ms;
  candidate_last_ms_ = other_events_ = sure_events_ = 0;
  contradiction_s_.reset();  // it was concluded by the clock as it was
}

void OffsetDetector::Watch(std::int64_t naive_hour, std::int64_t now_ms, std::string_view counter) {
  const std::int64_t local_ms = now_ms + *known_s_ * 1000;
  if (Agrees(naive_hour, local_ms)) {
    other_events_ = 0;
    return Confirm(naive_hour, local_ms);
  }
  sure_events_ = 0;
  if (now_ms - stepped_at_ms_ >= ProvenTime::kProofMs) stepped_ms_ = 0;
  // It agrees with what our clock showed before it was set: so that is what is wrong, not the offset.
  if (stepped_ms_ != 0 && Agrees(naive_hour, local_ms - stepped_ms_)) return;
  if (const auto shown = OffsetBetween(naive_hour, now_ms)) Contradict(*shown, now_ms, counter);
}

/// Close to an hour's edge an event agrees with two offsets, and confirms none.
void OffsetDetector::Confirm(std::int64_t naive_hour, std::int64_t local_ms) {
  if ((local_ms - kLateMs) / kHourMs != naive_hour || (local_ms + kLateMs) / kHourMs != naive_hour) return;
  stepped_ms_ = 0;
  if (origin_ == OffsetOrigin::kSeen || ++sure_events_ < kSureEvents) return;
  origin_ = OffsetOrigin::kSeen;
  contradiction_s_.reset();  // times to live, or a few events of an import, against live traffic
}

void OffsetDetector::Contradict(std::int64_t shown_s, std::int64_t now_ms, std::string_view counter) {
  const std::size_t hash = std::hash<std::string_view>{}(counter);
  if (other_events_ == 0 || shown_s != other_s_) {
    other_s_ = shown_s;
    other_since_ms_ = now_ms;
    other_events_ = 0;
    other_counter_ = hash;
    are_other_counters_ = false;
  }
  ++other_events_;
  other_last_ms_ = now_ms;
  are_other_counters_ |= hash != other_counter_;
  if (IsContradicted(now_ms)) contradiction_s_ = other_s_;
}

bool OffsetDetector::IsContradicted(std::int64_t now_ms) const {
  const Proof& needed = IsEasilyTakenBack() ? kAgainstInferred : kAgainstOthers;
  const bool is_one_request_at_least = are_other_counters_ || other_last_ms_ - other_since_ms_ >= needed.ms;
  return is_one_request_at_least && other_events_ >= needed.events && now_ms - other_since_ms_ >= needed.ms;
}

}  // namespace keymeter::processor
