#include "processor/metering/key_refusal.h"

#include <algorithm>

namespace keymeter::processor {

namespace {

constexpr std::int64_t kEasternmostS = 14 * kHourSeconds;
constexpr std::int64_t kWesternmostS = -12 * kHourSeconds;

/// How long the relay keeps anything of this counter that is dated.
std::int64_t KeptSeconds(const CounterSpec& spec) {
  std::int64_t kept = spec.keep_hours * kHourSeconds;
  for (const CoarseSpec& coarse : spec.coarser) kept = std::max(kept, coarse.keep_days * kDaySeconds);
  return kept;
}

}  // namespace

std::string_view KeyRefusalText(KeyRefusal refusal) {
  switch (refusal) {
    case KeyRefusal::kNoTime:
      return "its date and hour are no time";
    case KeyRefusal::kAhead:
      return "its hour lies more than a month ahead of our clock";
    case KeyRefusal::kTooOld:
      return "its hour is older than all that the relay keeps";
    case KeyRefusal::kAmbiguous:
      return "its id or model is what we call an empty one";
  }
  return "?";
}

std::optional<KeyRefusal> RefusalOf(const CounterSpec& spec, std::optional<std::int64_t> naive_hour,
                                    std::optional<std::int64_t> utc_offset_s, std::int64_t now_ms) {
  if (spec.period != Period::kHour) return std::nullopt;
  if (!naive_hour) return KeyRefusal::kNoTime;
  const std::int64_t now_s = now_ms / 1000;
  const std::int64_t earliest = *naive_hour * kHourSeconds - utc_offset_s.value_or(kEasternmostS);
  if (earliest > now_s + kMostAheadS) return KeyRefusal::kAhead;
  const std::int64_t latest = *naive_hour * kHourSeconds - utc_offset_s.value_or(kWesternmostS);
  const std::int64_t age_s = now_s - latest;
  if (age_s > spec.keep_hours * kHourSeconds && age_s > KeptSeconds(spec)) return KeyRefusal::kTooOld;
  return std::nullopt;
}

}  // namespace keymeter::processor
