#include "processor/source/history_keys.h"

#include <algorithm>

#include "schema/civil_time.h"

namespace keymeter::processor {

HistoryKeys::HistoryKeys(const MeteringPlan& plan) {
  for (const CounterSpec& counter : plan.counters())
    for (const CoarseSpec& coarse : counter.coarser)
      if (coarse.level != Level::kHour) patterns_.push_back(coarse.key);
}

bool HistoryKeys::IsOfThePast(std::string_view key, std::int64_t now_s, std::int64_t utc_offset_s) const {
  KeyParts parts;
  const bool is_coarse = std::any_of(patterns_.begin(), patterns_.end(), [&](const KeyPattern& pattern) {
    parts = {};
    return pattern.Match(key, parts);
  });
  if (!is_coarse) return false;
  return parts.date.empty() ? parts.month < FormatMonth(now_s, utc_offset_s)
                            : parts.date < FormatDate(now_s, utc_offset_s);
}

}  // namespace keymeter::processor
