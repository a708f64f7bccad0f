#include "processor/metering/lost_amounts.h"

#include "processor/metering/growth.h"

namespace keymeter::processor {

void LostAmounts::Add(SeriesId series, std::int64_t hour, const Amounts& lost) {
  const auto entry = lost_.try_emplace({hour, series}).first;
  entry->second += lost;
  if (entry->second.IsZero()) lost_.erase(entry);
}

Amounts LostAmounts::Of(SeriesId series, std::int64_t hour) const {
  const auto entry = lost_.find({hour, series});
  return entry == lost_.end() ? Amounts{} : entry->second;
}

void LostAmounts::ForgetBefore(std::int64_t hour) {
  std::erase_if(lost_, [hour](const auto& entry) {
    return entry.first.first != kNoPeriod && entry.first.first < hour;
  });
}

}  // namespace keymeter::processor
