#include "processor/source/session_context.h"

#include <algorithm>

#include "schema/civil_time.h"

namespace keymeter::processor {

std::int64_t SessionContext::OldestKeptHour(std::int64_t now_ms) const {
  int keep_hours = 0;
  for (const CounterSpec& spec : plan.counters()) keep_hours = std::max(keep_hours, spec.keep_hours);
  return BucketOf(Level::kHour, now_ms / 1000, 0) - keep_hours * kHourSeconds;
}

}  // namespace keymeter::processor
