#include "processor/source/session_context.h"

#include <algorithm>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kFarthestMs = 31 * kDaySeconds * 1000;

}  // namespace

std::int64_t SessionContext::OldestKeptHour() const {
  const std::int64_t now_ms = std::max(meter.ReachedMs(clock), clock.WallMs() - kFarthestMs);
  int keep_hours = 0;
  for (const CounterSpec& spec : plan.counters()) keep_hours = std::max(keep_hours, spec.keep_hours);
  return BucketOf(Level::kHour, now_ms / 1000, 0) - keep_hours * kHourSeconds;
}

std::optional<std::int64_t> SessionContext::HourOfOtherClock() const {
  const std::int64_t wall_ms = clock.WallMs();
  const std::int64_t newest = meter.newest_hour();
  const bool is_relay_ahead = newest * 1000 > wall_ms + kHourSeconds * 1000;
  const bool is_ours_ahead = meter.ReachedMs(clock) < wall_ms - kHourSeconds * 1000;
  if (newest == 0 || !(is_relay_ahead || is_ours_ahead)) return std::nullopt;
  return newest;
}

}  // namespace keymeter::processor
