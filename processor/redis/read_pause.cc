#include "processor/redis/read_pause.h"

#include "schema/civil_time.h"

namespace keymeter::processor {

std::int64_t ReadPause::Ms(std::int64_t wall_ms) const {
  if (messages == 0 || bytes >= kMuchBytes || is_awaited) return 0;
  const std::int64_t into_minute = wall_ms % (kMinuteSeconds * 1000);
  const std::int64_t to_minutes_end = kMinuteSeconds * 1000 - into_minute;
  const bool is_at_edge = into_minute < kRestMs || to_minutes_end <= 2 * kRestMs;
  return is_at_edge ? 0 : kRestMs;
}

}  // namespace keymeter::processor
