#include "processor/event_matcher.h"

#include <algorithm>

#include "schema/civil_time.h"

namespace keymeter::processor {

EventMatcher::Match EventMatcher::Find(std::string_view key) const {
  Match match;
  for (std::size_t i = 0; i < profile_.counters.size(); ++i)
    if (profile_.counters[i].key.Match(key, match.parts)) return {What::kCounter, i, match.parts};
  for (std::size_t i = 0; i < profile_.entities.size(); ++i) {
    const EntitySpec& entity = profile_.entities[i];
    if (!entity.key.Match(key, match.parts)) continue;
    const bool is_excluded =
        std::find(entity.exclude.begin(), entity.exclude.end(), match.parts.id) != entity.exclude.end();
    return {is_excluded ? What::kNothing : What::kEntity, i, match.parts};
  }
  if (profile_.groups && profile_.groups->key.Match(key, match.parts)) return {What::kGroup, 0, match.parts};
  return match;
}

std::optional<std::int64_t> EventMatcher::NaiveHour(const KeyParts& parts) {
  const std::size_t date_size = parts.date.size();
  const bool is_last = date_size > 0 && last_hour_text_.size() == date_size + parts.hour.size() &&
                       std::string_view(last_hour_text_).substr(0, date_size) == parts.date &&
                       std::string_view(last_hour_text_).substr(date_size) == parts.hour;
  if (is_last) return last_hour_;
  const auto date = ParseDate(parts.date);
  const auto hour = ParseHour(parts.hour);
  if (!date || !hour) return std::nullopt;
  last_hour_text_.assign(parts.date).append(parts.hour);
  last_hour_ = *date / kHourSeconds + *hour;
  return last_hour_;
}

}  // namespace keymeter::processor
