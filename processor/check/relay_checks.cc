// Does this Redis hold a relay's counters, and by which profile and offset?

#include <algorithm>
#include <array>

#include <fmt/ranges.h>

#include "processor/check/checks.h"
#include "processor/check/wording.h"
#include "schema/civil_time.h"
#include "schema/price_list.h"

namespace keymeter::check {

namespace {

using processor::MeteringPlan;
using processor::Options;

std::string Scanned(const RelayFacts& relay) {
  if (relay.is_scan_whole) return "all " + Count(relay.scanned_keys, "key");
  return fmt::format("the newest of the index sets and the first {}", Count(relay.scanned_keys, "key"));
}

std::string OtherDatabases(const SourceFacts& source, int ours) {
  std::string others;
  for (const auto& [database, keys] : source.keys_by_database)
    if (database != ours)
      others +=
          fmt::format("{}database {} holds {}", others.empty() ? "" : ", ", database, Count(keys, "key"));
  return others;
}

Observation NoCounters(const Facts& facts, const Options& options) {
  const int database = options.processor.redis.url.database;
  const std::string others = OtherDatabases(facts.source, database);
  const bool is_empty = facts.relay.is_scan_whole && facts.relay.scanned_keys == 0;
  const std::string looked = is_empty ? "it is empty" : Scanned(facts.relay) + " looked at";
  return Warning(fmt::format("no counter found in database {} ({}){}", database, looked,
                             others.empty() ? "" : "; " + others),
                 others.empty() ? "is this the relay's Redis? if it has no usage yet, all is well; else see "
                                  "schema/profiles/README.md"
                                : "name the relay's database: --redis redis://HOST:PORT/NUMBER");
}

/// The profile that the file was metered with must fit the one that is asked for now.
std::optional<Observation> Contradiction(const Facts& facts, const Options& options) {
  const std::int64_t now_ms = facts.host.now_ms;
  const auto plan = MeteringPlan::Make(options.processor.profiles, facts.file.profile_uses,
                                       NextBucket(Level::kHour, now_ms / 1000, 0), now_ms);
  if (plan) return std::nullopt;
  return FaultOf(plan.error(), "name another --db");
}

/// A profile that was not asked for fits better.
Observation OtherProfile(const RelayFacts& relay, const std::string& asked, const std::string& better) {
  const bool has_own = std::any_of(relay.sights.begin(), relay.sights.end(), [&](const ProfileSight& sight) {
    return sight.counters > 0 && sight.name == asked;
  });
  return Warning(has_own
                     ? fmt::format("{} is asked for, but there are the finer counters of {}", asked, better)
                     : fmt::format("no counter of {} found, but those of {}", asked, better),
                 fmt::format("use --profile auto, or --profile {}", better));
}

Observations ProfileCheck(const Facts& facts, const Options& options) {
  if (const auto contradiction = Contradiction(facts, options)) return {*contradiction};
  const RelayFacts& relay = facts.relay;
  const auto finest = std::find_if(relay.sights.begin(), relay.sights.end(),
                                   [](const ProfileSight& sight) { return sight.counters > 0; });
  if (finest == relay.sights.end()) {
    if (relay.scan_problem) return {Skipped("SCAN was refused")};
    return {facts.source.broken_off ? Skipped("the connection ended before") : NoCounters(facts, options)};
  }
  const bool is_asked_for = std::any_of(options.processor.profiles.begin(), options.processor.profiles.end(),
                                        [&](const Profile& p) { return p.name == finest->name; });
  if (!is_asked_for) return {OtherProfile(relay, options.profile, finest->name)};
  const std::string why =
      options.processor.profiles.size() > 1 ? "the finest whose counters are there" : "as asked for";
  Observations seen{Ok(fmt::format("{}: {}; {} among {}", finest->name, why,
                                   Count(finest->counters, "counter"), Scanned(relay)))};
  const std::string stored = facts.file.profile_uses.empty() ? "" : facts.file.profile_uses.back().profile;
  if (!stored.empty() && stored != finest->name)
    seen.push_back(Note(
        fmt::format("the file was metered with {}: {} takes over at an hour's start", stored, finest->name)));
  return seen;
}

/// No offset is known: why the relay's counters do not show it.
Observation UnknownOffset(const RelayFacts& relay) {
  if (relay.offset_writes == 0 && !relay.has_history)
    return Note("no key shows it yet; the relay's next request will");
  std::string why = "there are days and months, and no hour that shows it";
  if (relay.is_offset_contradictory)
    why = "the counters' times to live contradict each other";
  else if (relay.offset_writes > 0)
    why = fmt::format("{} cannot show it alone", Count(relay.offset_writes, "counter"));
  return Warning(
      "not known: " + why,
      "the relay's next request shows it, or name it: --utc-offset +08:00; until then nothing that "
      "Redis holds is shown");
}

/// The file was metered by an offset that --utc-offset may contradict: live traffic has not agreed with it.
bool MayBeTakenBack(const FileFacts& file) {
  return file.utc_offset_s && (file.offset_origin == processor::OffsetOrigin::kInferred ||
                               file.offset_origin == processor::OffsetOrigin::kSaid ||
                               file.offset_origin == processor::OffsetOrigin::kShown);
}

/// Live keys have shown the file's offset: times to live, which the relay's migrations renew, do not change
/// it.
bool IsShownByLiveKeys(const FileFacts& file) {
  return file.utc_offset_s && file.offset_origin == processor::OffsetOrigin::kShown;
}

/// What a start has to be told for the right offset.
std::string WithOffset(const FileFacts& file, std::int64_t right) {
  return fmt::format("--utc-offset {}{}", FormatUtcOffset(right),
                     file.has_undated_counters ? " and another --db" : "");
}

/// A start finds by itself what is asked for, and that what was only inferred is wrong. It refuses to go on
/// where it cannot move what was stored.
Observation WrongFile(const FileFacts& file, std::int64_t right, bool is_asked) {
  const bool is_moved_anyway = is_asked || file.offset_origin == processor::OffsetOrigin::kInferred;
  std::string seen =
      fmt::format("the file's days begin at {} ({}), but {} {}", FormatUtcOffset(*file.utc_offset_s),
                  processor::OffsetOriginName(file.offset_origin),
                  is_asked ? "--utc-offset is" : "the relay's keys show", FormatUtcOffset(right));
  if (file.has_undated_counters) {
    seen += ", and it holds counters without a period, which cannot be moved";
    return is_moved_anyway ? Fault(seen, "name another --db")
                           : Warning(seen, "use " + WithOffset(file, right));
  }
  return Warning(seen,
                 fmt::format("{} moves what was stored to its own hours and days",
                             is_moved_anyway ? "the next start" : "a start with " + WithOffset(file, right)));
}

Observations Offset(const Facts& facts, const Options& options) {
  const RelayFacts& relay = facts.relay;
  const auto& shown = relay.shown_offset_s;
  const auto& stored = facts.file.utc_offset_s;
  const auto& asked = options.processor.utc_offset_s;
  const std::string counters = Count(relay.offset_writes, "counter");
  const bool is_shown_live = IsShownByLiveKeys(facts.file) && (!asked || *asked == *stored);
  if (is_shown_live && shown && *shown != *stored)
    return {Warning(fmt::format("{}, as live keys have shown; the times to live of {} say {}",
                                FormatUtcOffset(*stored), counters, FormatUtcOffset(*shown)),
                    fmt::format("nothing, if the relay's days begin at {}; else start with {}",
                                FormatUtcOffset(*stored), WithOffset(facts.file, *shown)))};
  if (shown && asked && *shown != *asked)
    return {Fault(fmt::format("--utc-offset {}, but the relay's keys show {} ({})", FormatUtcOffset(*asked),
                              FormatUtcOffset(*shown), counters),
                  fmt::format("use --utc-offset {}", FormatUtcOffset(*shown)))};
  if (asked && stored && *asked != *stored) {
    if (MayBeTakenBack(facts.file)) return {WrongFile(facts.file, *asked, true)};
    return {Fault(fmt::format("--utc-offset {}, but the days in the file begin at {}",
                              FormatUtcOffset(*asked), FormatUtcOffset(*stored)),
                  fmt::format("use --utc-offset {}, or name another --db", FormatUtcOffset(*stored)))};
  }
  if (shown && stored && *shown != *stored) {
    if (MayBeTakenBack(facts.file)) return {WrongFile(facts.file, *shown, false)};
    return {Fault(fmt::format("the file's days begin at {}, but the relay's keys show {} ({})",
                              FormatUtcOffset(*stored), FormatUtcOffset(*shown), counters),
                  fmt::format("use --utc-offset {} and another --db", FormatUtcOffset(*shown)))};
  }
  if (shown)
    return {
        Ok(fmt::format("{}, by the hours and the times to live of {}", FormatUtcOffset(*shown), counters))};
  const auto& known = asked ? asked : stored;
  if (known)
    return {Ok(fmt::format("{}, as {}; no key says otherwise", FormatUtcOffset(*known),
                           asked ? "asked for" : "the file has it"))};
  return {UnknownOffset(relay)};
}

constexpr std::size_t kMostNamed = 3;

Observations Counters(const Facts& facts, const Options& /*options*/) {
  const RelayFacts& relay = facts.relay;
  if (relay.sampled_counters == 0) return {Skipped("none could be read")};
  if (relay.unusable.empty())
    return {Ok(fmt::format("{} read, all whole numbers", Count(relay.sampled_counters, "counter")))};
  Observations seen;
  for (const UnusableValue& value : relay.unusable) {
    if (seen.size() == kMostNamed) break;
    const std::string place =
        value.field.empty() ? value.key : fmt::format("{} of {}", value.field, value.key);
    seen.push_back(Warning(fmt::format("{} is no whole number but '{}'; it is left out", place, value.text),
                           "see who writes it, and correct it there: HSET on the Redis server"));
  }
  if (relay.unusable.size() > kMostNamed)
    seen.push_back(Warning(fmt::format("and {} more such", relay.unusable.size() - kMostNamed),
                           "correct them likewise"));
  return seen;
}

/// The newest day of which the file holds anything; 0: of none. A clock that was ahead for a moment may have
/// left days that have not begun yet.
std::int64_t NewestDay(const FileFacts& file, std::int64_t now_s) {
  std::int64_t newest = 0;
  for (const auto& [place, requests] : file.days)
    if (place.second - *file.utc_offset_s <= now_s) newest = std::max(newest, place.second);
  return newest;
}

/// Days of the relay that the file lacks some of: "2026-11-20 (7 requests of API keys)".
std::vector<std::string> LackedDays(const Facts& facts) {
  constexpr std::int64_t kSettledS = kHourSeconds;  // what comes late to a day has come by then
  const FileFacts& file = facts.file;
  const std::int64_t now_s = facts.host.now_ms / 1000;
  // Whatever the file has not come to yet is read by the next start anyway.
  const std::int64_t newest = NewestDay(file, now_s);
  std::vector<std::string> lacked;
  for (const auto& [place, requests] : facts.relay.days) {
    const auto& [kind, day] = place;
    const std::int64_t begin = day - *file.utc_offset_s;
    if (day >= newest || begin < std::max(file.days_from, file.first_day_read)) continue;
    if (begin + kDaySeconds + kSettledS > now_s) continue;
    const auto found = file.days.find(place);
    const std::int64_t stored = found == file.days.end() ? 0 : found->second;
    if (requests <= stored) continue;
    lacked.push_back(fmt::format("{} ({} of {})", FormatDate(day, 0), Count(requests - stored, "request"),
                                 kind == EntityKind::kApiKey ? "API keys" : "accounts"));
  }
  return lacked;
}

/// The relay's closed days against the file's. A wrong offset is told by another check, and moves all of
/// them.
Observations Days(const Facts& facts, const Options& /*options*/) {
  const FileFacts& file = facts.file;
  const auto& shown = facts.relay.shown_offset_s;
  if (!file.utc_offset_s || (shown && *shown != *file.utc_offset_s)) return {};
  const std::vector<std::string> lacked = LackedDays(facts);
  if (lacked.empty()) return {};
  const std::size_t named = std::min(lacked.size(), kMostNamed);
  std::string days =
      fmt::format("{}", fmt::join(lacked.begin(), lacked.begin() + static_cast<std::ptrdiff_t>(named), ", "));
  if (named < lacked.size()) days += fmt::format(" and {} more", lacked.size() - named);
  return {
      Warning(fmt::format("Redis holds more of past days than the file: {}", days),
              "start keymeter (or start it again): it reads at its start what Redis keeps of past days, and "
              "takes what the file lacks; nothing else changes. An audit does so once a day")};
}

Observations UnusablePrices(const PriceList& prices) {
  Observations seen;
  for (const PriceList::Fault& fault : prices.faults()) {
    if (seen.size() == kMostNamed) break;
    seen.push_back(
        Warning(fmt::format("{}: model '{}' cannot be used: {}", prices.source(), fault.name, fault.reason),
                "correct the entry; until then the model keeps the price that it had, if any"));
  }
  if (prices.faults().size() > kMostNamed)
    seen.push_back(Warning(fmt::format("and {} more such", prices.faults().size() - kMostNamed),
                           "correct them likewise"));
  return seen;
}

/// Uses the price list that a start would load, so that a corrected --prices can be tried first.
Observations Prices(const Facts& facts, const Options& options) {
  const auto prices = PriceList::Load(options.processor.prices_path);
  if (!prices) return {Fault(prices.error().message, "correct that file, or leave out --prices")};
  Observations seen = UnusablePrices(*prices);
  std::set<std::string> models = facts.relay.account_models;
  models.insert(facts.file.account_models.begin(), facts.file.account_models.end());
  models.erase("");
  std::vector<std::string> unpriced;
  for (const std::string& model : models)
    if (prices->Find(model) == nullptr) unpriced.push_back(model);
  if (models.empty()) {
    seen.push_back(Ok(fmt::format("{}; no model used by an account is known yet", prices->source())));
  } else if (unpriced.empty()) {
    seen.push_back(Ok(fmt::format("{}; {} used by accounts, {} priced", prices->source(),
                                  Count(static_cast<std::int64_t>(models.size()), "model"),
                                  models.size() == 1 ? "it is" : "all are")));
  } else {
    seen.push_back(Warning(
        fmt::format("no price, so of unknown cost for accounts: {}", fmt::join(unpriced, ", ")),
        "name a price list that has them: --prices, the relay's folder or a file in LiteLLM's format"));
  }
  return seen;
}

constexpr auto kRelayChecks = std::to_array<Check>({
    {Group::kRelay, "profile", Needs::kRedis, &ProfileCheck},
    {Group::kRelay, "UTC offset", Needs::kRedis, &Offset},
    {Group::kRelay, "counters", Needs::kRedis, &Counters},
    {Group::kRelay, "days", Needs::kRedis, &Days},
    {Group::kRelay, "prices", Needs::kNothing, &Prices},
});

}  // namespace

std::span<const Check> RelayChecks() {
  return kRelayChecks;
}

}  // namespace keymeter::check
