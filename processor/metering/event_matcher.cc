#include "processor/metering/event_matcher.h"

#include <algorithm>

#include "schema/civil_time.h"

namespace keymeter::processor {

EventMatcher::EventMatcher(const MeteringPlan& plan) {
  const std::vector<CounterSpec>& counters = plan.counters();
  for (std::size_t i = 0; i < counters.size(); ++i)
    if (plan.IsWatched(i)) Add(What::kCounter, i, counters[i].key, counters[i].exclude);
  const Profile& profile = plan.entities();
  for (std::size_t i = 0; i < profile.entities.size(); ++i)
    Add(What::kEntity, i, profile.entities[i].key, profile.entities[i].exclude);
  static const std::vector<std::string> none;
  if (profile.groups) Add(What::kGroup, 0, profile.groups->key, none);
}

void EventMatcher::Add(What what, std::size_t spec, const KeyPattern& pattern,
                       const std::vector<std::string>& exclude) {
  const std::string_view prefix = pattern.prefix();
  Candidate candidate{0, 0, 0, pattern.LastFixedByte(), what, spec, &pattern, &exclude};
  const std::size_t size = std::min(prefix.size(), sizeof candidate.word);
  candidate.word_at = prefix.size() - size;
  std::memcpy(&candidate.word, prefix.data() + candidate.word_at, size);
  std::memset(&candidate.mask, 0xff, size);
  for (std::size_t byte = 0; byte < by_first_byte_.size(); ++byte)
    if (prefix.empty() || static_cast<unsigned char>(prefix.front()) == byte)
      by_first_byte_[byte].push_back(candidate);
}

EventMatcher::Match EventMatcher::Find(std::string_view key) const {
  if (key.empty()) return {};
  for (const Candidate& candidate : by_first_byte_[static_cast<unsigned char>(key.front())]) {
    if (!MayBe(candidate, key)) continue;
    Match match{candidate.what, candidate.spec, {}};
    const KeyPattern::Fit fit = candidate.pattern->FitOf(key, match.parts);
    if (fit != KeyPattern::Fit::kWhole) {
      if (fit == KeyPattern::Fit::kNone || candidate.what != What::kCounter) continue;
      match.what = What::kAmbiguous;
    }
    const auto& exclude = *candidate.exclude;
    if (std::find(exclude.begin(), exclude.end(), match.parts.id) == exclude.end()) return match;
  }
  return {};
}

std::optional<std::int64_t> EventMatcher::NaiveHour(const KeyParts& parts) {
  const std::size_t date_size = parts.date.size();
  const bool is_last = date_size > 0 && last_hour_text_.size() == date_size + parts.hour.size() &&
                       std::string_view(last_hour_text_).substr(0, date_size) == parts.date &&
                       std::string_view(last_hour_text_).substr(date_size) == parts.hour;
  if (is_last) return last_hour_;
  const auto hour = NaiveHourOf(parts.date, parts.hour);
  if (!hour) return std::nullopt;
  last_hour_text_.assign(parts.date).append(parts.hour);
  last_hour_ = *hour;
  return last_hour_;
}

}  // namespace keymeter::processor
