#include "processor/check/relay_gatherer.h"

#include <algorithm>

#include "processor/metering/counter_value.h"
#include "processor/metering/offset_evidence.h"
#include "schema/civil_time.h"
#include "schema/profile_loader.h"
#include "schema/shipped_profiles.h"

namespace keymeter::check {

namespace {

using processor::Options;

constexpr std::int64_t kHourMs = kHourSeconds * 1000;
constexpr std::int64_t kScanMs = 4000;
constexpr std::int64_t kKeptForTheRestMs = 3000;  ///< reserved for what comes after the scan and the days

/// With a shipped profile all shipped ones are looked for, to find a finer one; a custom profile is looked
/// for alone.
std::vector<Profile> ProfilesToLookFor(const Options& options) {
  const std::vector<std::string> shipped = ShippedProfileNames();
  const bool is_shipped = std::find(shipped.begin(), shipped.end(), options.profile) != shipped.end();
  if (!is_shipped) return options.processor.profiles;
  auto all = LoadProfiles("auto");
  if (!all) return options.processor.profiles;
  return std::move(*all);
}

/// Printable and short, so that a finding stays on one line whatever the value holds.
std::string Shortened(const std::string& text) {
  constexpr std::size_t kLongest = 24;
  std::string shown;
  for (const char c : text.substr(0, kLongest)) shown += c >= ' ' && c <= '~' ? c : '.';
  return text.size() > kLongest ? shown + "..." : shown;
}

}  // namespace

RelayGatherer::RelayGatherer(RedisDialogue& redis, const Clock& clock, const Options& options, Facts& facts)
    : redis_(redis), clock_(clock), relay_(facts.relay), source_(facts.source) {
  for (const Profile& profile : ProfilesToLookFor(options)) {
    for (const CounterSpec& counter : profile.counters)
      candidates_.push_back({relay_.sights.size(), counter});
    relay_.sights.push_back({profile.name, 0});
  }
}

Status RelayGatherer::Gather() {
  RETURN_IF_ERROR(AskIndexes());
  RETURN_IF_ERROR(Scan());
  RETURN_IF_ERROR(Sample());
  return ReadDays();
}

Status RelayGatherer::AskIndexes() {
  for (const Candidate& candidate : candidates_) {
    const CounterSpec& counter = candidate.counter;
    if (!counter.index || counter.period != Period::kHour) continue;
    RETURN_IF_ERROR(AskIndexesOf(counter));
  }
  return {};
}

/// Counters of the newest hours that have an index set: among many keys, SCAN may not reach them.
Status RelayGatherer::AskIndexesOf(const CounterSpec& counter) {
  constexpr std::int64_t kFarthestEast = 14;
  constexpr std::int64_t kFarthestWest = 12;
  const std::int64_t first = clock_.WallMs() / kHourMs + kFarthestEast;
  Questions questions;
  std::vector<std::string> keys;
  for (std::int64_t i = 0; i < kFarthestEast + kFarthestWest + counter.keep_hours; ++i) {
    const std::int64_t hour = (first - i) * kHourSeconds;
    keys.push_back(counter.index->key.Key({"", "", FormatDate(hour, 0), FormatHour(hour, 0)}));
    questions.Add({"PTTL", keys.back()});
  }
  ASSIGN_OR_RETURN(const auto replies, redis_.AskAll(questions));
  constexpr int kHours = 6;
  for (std::size_t i = 0, taken = 0; i < replies.size() && taken < kHours; ++i) {
    constexpr std::int64_t kNoSuchKey = -2;
    const RedisReply& reply = replies[i];
    if (reply.kind != RedisReply::Kind::kInteger || reply.integer == kNoSuchKey) continue;
    const std::int64_t naive_hour = first - static_cast<std::int64_t>(i);
    RETURN_IF_ERROR(TakeListed(counter, keys[i], naive_hour));
    ++taken;
  }
  return {};
}

/// Takes some of the counters that an index set lists.
Status RelayGatherer::TakeListed(const CounterSpec& counter, const std::string& index,
                                 std::int64_t naive_hour) {
  ASSIGN_OR_RETURN(const auto reply, redis_.Ask({"SSCAN", index, "0", "COUNT", "100"}));
  if (reply.elements.size() != 2) return {};
  const std::string date = FormatDate(naive_hour * kHourSeconds, 0);
  const std::string hour = FormatHour(naive_hour * kHourSeconds, 0);
  for (const RedisReply& member : reply.elements[1].elements) {
    KeyParts parts;
    if (!counter.index->member.Match(member.text, parts)) continue;
    parts.date = date;
    parts.hour = hour;
    Take(counter.key.Key(parts));
  }
  return {};
}

Status RelayGatherer::Scan() {
  const std::int64_t limit_ms = std::min(kScanMs, redis_.RemainingMs() - kKeptForTheRestMs);
  const std::int64_t end_ms = clock_.MonotonicMs() + limit_ms;
  std::string cursor = "0";
  for (int step = 0; step < kMostSteps && clock_.MonotonicMs() < end_ms; ++step) {
    ASSIGN_OR_RETURN(const auto reply, redis_.Ask({"SCAN", cursor, "COUNT", "1000"}));
    if (reply.elements.size() != 2) {
      relay_.scan_problem = reply.text;
      return {};
    }
    relay_.scanned_keys += static_cast<std::int64_t>(reply.elements[1].elements.size());
    for (const RedisReply& key : reply.elements[1].elements) Take(key.text);
    cursor = reply.elements[0].text;
    relay_.is_scan_whole = cursor == "0";
    if (relay_.is_scan_whole) break;
  }
  return {};
}

void RelayGatherer::Take(const std::string& key) {
  if (!taken_.insert(key).second) return;  // by an index set before; and SCAN may return a key twice
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const CounterSpec& counter = candidates_[i].counter;
    KeyParts parts;
    if (!counter.key.Match(key, parts) || counter.IsExcluded(parts.id)) continue;
    std::int64_t hour = 0;
    if (counter.period == Period::kHour) {
      const auto named = NaiveHourOf(parts.date, parts.hour);
      if (!named) continue;
      hour = *named;
    }
    ++relay_.sights[candidates_[i].sight].counters;
    if (found_.size() < kMostRemembered) found_.push_back({i, hour, key});
    if (counter.kind == EntityKind::kAccount) relay_.account_models.emplace(parts.model);
    return;
  }
  TakeHistory(key);
}

/// Days and months show which profile's counters are there as well as hours do.
void RelayGatherer::TakeHistory(const std::string& key) {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const Candidate& candidate = candidates_[i];
    for (const CoarseSpec& coarse : candidate.counter.coarser) {
      KeyParts parts;
      if (!coarse.key.Match(key, parts) || candidate.counter.IsExcluded(parts.id)) continue;
      ++relay_.sights[candidate.sight].counters;
      relay_.has_history = true;
      const auto day = NaiveHourOf(parts.date, "00");
      if (coarse.level == Level::kDay && day && days_.size() < kMostDays)
        days_.push_back({i, *day * kHourSeconds, key});
      return;
    }
  }
}

/// Adds up the days of the finest profile that has any: coarser ones hold the same usage. As many as there is
/// time for: a part of a day's usage still shows that the file holds less.
Status RelayGatherer::ReadDays() {
  constexpr std::size_t kAtOnce = 1000;
  std::size_t sight = relay_.sights.size();
  for (const FoundDay& day : days_) sight = std::min(sight, candidates_[day.spec].sight);
  std::erase_if(days_, [&](const FoundDay& day) { return candidates_[day.spec].sight != sight; });
  for (std::size_t begin = 0; begin < days_.size() && redis_.RemainingMs() > kKeptForTheRestMs;
       begin += kAtOnce) {
    const std::size_t end = std::min(begin + kAtOnce, days_.size());
    Questions questions;
    for (std::size_t i = begin; i < end; ++i) {
      auto fields = candidates_[days_[i].spec].counter.fields;
      std::erase_if(fields, [](const auto& field) { return field.first != Metric::kRequests; });
      questions.AddHmget(days_[i].key, fields);
    }
    ASSIGN_OR_RETURN(const auto replies, redis_.AskAll(questions));
    for (std::size_t i = begin; i < end; ++i) {
      const auto& values = replies[i - begin].elements;
      const auto requests = values.empty() ? std::nullopt : processor::ParseCounterValue(values.front().text);
      if (requests) relay_.days[{candidates_[days_[i].spec].counter.kind, days_[i].day}] += *requests;
    }
  }
  return {};
}

/// Reads the newest counters of the finest profile that has any.
Status RelayGatherer::Sample() {
  if (found_.empty()) return {};
  const auto finest = std::min_element(found_.begin(), found_.end(), [this](const Found& a, const Found& b) {
    return candidates_[a.spec].sight < candidates_[b.spec].sight;
  });
  const std::size_t sight = candidates_[finest->spec].sight;
  std::sort(found_.begin(), found_.end(),
            [](const Found& a, const Found& b) { return a.naive_hour > b.naive_hour; });
  Questions questions;
  std::vector<const Found*> sampled;
  for (const Found& found : found_) {
    if (sampled.size() == kMostSampled) break;
    if (candidates_[found.spec].sight != sight) continue;
    sampled.push_back(&found);
    questions.AddHmget(found.key, candidates_[found.spec].counter.fields);
  }
  ASSIGN_OR_RETURN(const auto replies, redis_.AskAll(questions));
  for (std::size_t i = 0; i < sampled.size(); ++i) TakeValues(*sampled[i], replies[i]);
  return AskTimes();
}

void RelayGatherer::TakeValues(const Found& found, const RedisReply& reply) {
  const bool is_other_type = reply.text.starts_with("WRONGTYPE");
  if (is_other_type) relay_.unusable.push_back({found.key, "", "another type than a hash"});
  if (reply.IsError() && !is_other_type) return;  // refused: see command_trials.h
  ++relay_.sampled_counters;
  const auto& fields = candidates_[found.spec].counter.fields;
  for (std::size_t i = 0; i < reply.elements.size() && i < fields.size(); ++i) {
    const RedisReply& value = reply.elements[i];
    if (value.kind == RedisReply::Kind::kNil || processor::ParseCounterValue(value.text)) continue;
    relay_.unusable.push_back({found.key, fields[i].second, Shortened(value.text)});
  }
}

/// Counters of the newest hours. Times to live that were renewed show by hours that contradict each other, so
/// no hour may take all places.
std::vector<const RelayGatherer::Found*> RelayGatherer::Witnesses() const {
  std::vector<const Found*> witnesses;
  std::size_t of_this_hour = 0;
  for (const Found& found : found_) {
    if (witnesses.size() == kMostTimes) break;
    if (candidates_[found.spec].counter.period != Period::kHour) continue;
    const bool is_same_hour = !witnesses.empty() && witnesses.back()->naive_hour == found.naive_hour;
    of_this_hour = is_same_hour ? of_this_hour + 1 : 1;
    if (of_this_hour <= processor::OffsetEvidence::kMostOfAnHour) witnesses.push_back(&found);
  }
  return witnesses;
}

/// The hours that counters name and the moments of their last writes show the offset.
Status RelayGatherer::AskTimes() {
  Questions questions;
  const std::vector<const Found*> asked = Witnesses();
  if (asked.empty()) return {};
  for (const Found* witness : asked) questions.Add({"PTTL", witness->key});
  ASSIGN_OR_RETURN(const auto replies, redis_.AskAll(questions));
  // Times to live run by Redis' clock.
  const std::int64_t now_ms = clock_.WallMs() + source_.clock_ahead_ms.value_or(0);
  processor::OffsetEvidence evidence;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (replies[i].kind != RedisReply::Kind::kInteger || replies[i].integer <= 0) continue;
    const std::int64_t keep_ms = candidates_[asked[i]->spec].counter.keep_hours * kHourMs;
    evidence.Add(asked[i]->naive_hour, now_ms - (keep_ms - replies[i].integer));
  }
  relay_.shown_offset_s = evidence.Conclusion();
  relay_.offset_writes = evidence.writes();
  relay_.is_offset_contradictory = evidence.IsContradictory();
  return {};
}

}  // namespace keymeter::check
