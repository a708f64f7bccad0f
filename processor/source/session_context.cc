#include "processor/source/session_context.h"

#include <algorithm>

#include "processor/metering/key_refusal.h"
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

std::int64_t SessionContext::FarthestHour() const {
  return BucketOf(Level::kHour, clock.WallMs() / 1000, 0) + kMostAheadS;
}

std::optional<HourScan::Hours> SessionContext::HoursOfOtherClock() const {
  const std::int64_t wall_ms = clock.WallMs();
  const std::int64_t reached_ms = meter.ReachedMs(clock);
  const std::int64_t newest = meter.newest_hour();
  const auto is_ahead = [wall_ms](std::int64_t hour) { return hour * 1000 > wall_ms + kHourSeconds * 1000; };
  if (is_ahead(newest)) return HourScan::Hours{newest, newest + kHourSeconds};
  if (newest != 0 && reached_ms < wall_ms - kHourSeconds * 1000) {
    // The relay may have been idle since its newest hour.
    const std::int64_t reached = BucketOf(Level::kHour, reached_ms / 1000, 0);
    return HourScan::Hours{std::max(newest, reached - kHourSeconds), reached + kHourSeconds};
  }
  // There is a counter of an hour ahead, and no event has told that the relay counts there: it may (where no
  // events come, or before the first), or it has only been there for a moment.
  const std::int64_t farthest = meter.farthest_hour();
  if (is_ahead(farthest)) return HourScan::Hours{farthest, farthest + kHourSeconds};
  return std::nullopt;
}

}  // namespace keymeter::processor
