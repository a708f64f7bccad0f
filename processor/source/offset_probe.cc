#include "processor/source/offset_probe.h"

#include <algorithm>
#include <utility>

#include "processor/redis/reply_shapes.h"
#include "processor/redis/resp_commands.h"
#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kHourMs = kHourSeconds * 1000;
constexpr std::int64_t kFarthestEast = 14;  ///< hours that a naive hour may lie before UTC's
constexpr std::int64_t kFarthestWest = 12;

std::string IndexOf(const CounterSpec& spec, std::int64_t naive_hour) {
  const std::int64_t seconds = naive_hour * kHourSeconds;
  return spec.index->key.Key({"", "", FormatDate(seconds, 0), FormatHour(seconds, 0)});
}

}  // namespace

OffsetProbe::OffsetProbe(const MeteringPlan& plan, const Clock& clock, RedisLink& link, ScanQueue& scans,
                         OffsetDetector& detector)
    : plan_(plan), clock_(clock), link_(link), scans_(scans), detector_(detector) {}

template <typename Call>
auto OffsetProbe::Guarded(Call call) {
  return [this, call = std::move(call), generation = generation_](auto&&... arguments) mutable {
    if (generation == generation_) call(arguments...);
  };
}

/// Any counter of an hour shows the offset, also one that is not metered; those that are come first.
std::vector<std::size_t> OffsetProbe::SpecsOfHours() const {
  std::vector<std::size_t> specs;
  for (std::size_t i = 0; i < plan_.counters().size(); ++i)
    if (plan_.counters()[i].period == Period::kHour) specs.push_back(i);
  std::stable_partition(specs.begin(), specs.end(),
                        [this](std::size_t spec) { return plan_.Meters(spec, MeteringPlan::kForever); });
  return specs;
}

void OffsetProbe::Start(std::function<void(Found)> on_done) {
  ++generation_;
  on_done_ = std::move(on_done);
  specs_ = SpecsOfHours();
  indexed_hours_.clear();
  sights_.clear();
  sighted_.clear();
  before_ = std::exchange(oldest_, {});
  evidence_ = {};
  has_hours_ = is_coarse_found_ = false;
  specs_.empty() ? Finish(Found::kNothing) : AskIndexes();
}

/// Which hours have an index set, the newest first.
void OffsetProbe::AskIndexes() {
  const CounterSpec& spec = plan_.counters()[specs_.front()];
  if (!spec.index) return Search();
  const std::int64_t first = clock_.WallMs() / kHourMs + kFarthestEast;
  const auto count = static_cast<std::size_t>(kFarthestEast + kFarthestWest + spec.keep_hours);
  std::string commands;
  for (std::size_t i = 0; i < count; ++i)
    AppendCommand(commands, {"PTTL", IndexOf(spec, first - static_cast<std::int64_t>(i))});
  link_.commands().Pipeline(commands, count, Guarded([this, first, count](std::size_t i, const Reply& reply) {
                              constexpr long long kNoSuchKey = -2;
                              if (reply.type == REDIS_REPLY_INTEGER && reply.integer != kNoSuchKey &&
                                  indexed_hours_.size() < kHours)
                                indexed_hours_.push_back(first - static_cast<std::int64_t>(i));
                              if (i + 1 == count) AskMembers();
                            }),
                            [](std::size_t, const Reply& reply) { return CheckNumber(reply); });
}

void OffsetProbe::AskMembers() {
  if (indexed_hours_.empty()) return Search();
  const CounterSpec& spec = plan_.counters()[specs_.front()];
  const std::string count = std::to_string(kOfAnHour);
  std::string commands;
  for (const std::int64_t hour : indexed_hours_)
    AppendCommand(commands, {"SSCAN", IndexOf(spec, hour), "0", "COUNT", count});
  const std::size_t asked = indexed_hours_.size();
  link_.commands().Pipeline(commands, asked, Guarded([this, &spec](std::size_t i, const Reply& reply) {
                              TakeMembers(spec, indexed_hours_[i], reply);
                              if (i + 1 == indexed_hours_.size()) AskTimes([this] { OnIndexedTimes(); });
                            }),
                            [](std::size_t, const Reply& reply) { return CheckScan(reply); });
}

void OffsetProbe::Sight(const CounterSpec& spec, std::int64_t naive_hour, std::string key) {
  if (!sighted_.insert(key).second) return;
  sights_.push_back({naive_hour, std::move(key), spec.keep_hours * kHourMs});
}

void OffsetProbe::TakeMembers(const CounterSpec& spec, std::int64_t naive_hour, const Reply& reply) {
  if (IsError(reply)) return;
  const Reply& members = *reply.element[1];
  const std::string date = FormatDate(naive_hour * kHourSeconds, 0);
  const std::string hour = FormatHour(naive_hour * kHourSeconds, 0);
  for (std::size_t i = 0; i < std::min(members.elements, kOfAnHour); ++i) {
    KeyParts parts;
    if (!spec.index->member.Match(TextOf(*members.element[i]), parts)) continue;
    parts.date = date;
    parts.hour = hour;
    Sight(spec, naive_hour, spec.key.Key(parts));
  }
}

/// When the counters that were sighted were last written.
void OffsetProbe::AskTimes(std::function<void()> then) {
  if (sights_.empty() || !link_.IsReady()) return then();
  std::string commands;
  for (const Sighting& sight : sights_) AppendCommand(commands, {"PTTL", sight.key});
  const auto on_reply = [this, then = std::move(then)](std::size_t i, const Reply& reply) {
    const Sighting& sight = sights_[i];
    if (reply.type == REDIS_REPLY_INTEGER && reply.integer > 0)
      TakeWrite(sight, {reply.integer, clock_.WallMs() - (sight.keep_ms - reply.integer)});
    if (i + 1 < sights_.size()) return;
    sights_.clear();
    then();
  };
  link_.commands().Pipeline(commands, sights_.size(), Guarded(on_reply),
                            [](std::size_t, const Reply& reply) { return CheckNumber(reply); });
}

/// A time to live that rose was set anew, whatever the clocks do: the counter was written twice.
void OffsetProbe::TakeWrite(const Sighting& sight, const Write& last) {
  evidence_.Add(sight.naive_hour, last.written_ms);
  const auto before = before_.find(sight.key);
  const bool is_anew = before != before_.end() && last.ttl_ms > before->second.ttl_ms;
  if (is_anew) evidence_.Add(sight.naive_hour, before->second.written_ms);
  oldest_[sight.key] = is_anew ? before->second : last;
}

void OffsetProbe::OnIndexedTimes() {
  has_hours_ = true;
  if (evidence_.Conclusion() || evidence_.IsContradictory()) return Finish(Found::kHours);
  Search();  // an index set proves only what it lists
}

bool OffsetProbe::HasEnough() const {
  return sights_.size() >= kMostFound;
}

void OffsetProbe::Search() {
  scans_.Add({"", "*",  // one walk for all patterns: see KeySearch
              Guarded([this](std::string_view key) { OnKey(key); }),
              Guarded([this](bool is_whole) { OnSearched(is_whole); }), [this] { return HasEnough(); }});
}

void OffsetProbe::OnKey(std::string_view key) {
  if (HasEnough()) return;
  for (const std::size_t number : specs_) {
    const CounterSpec& spec = plan_.counters()[number];
    KeyParts parts;
    if (spec.key.Match(key, parts) && !spec.IsExcluded(parts.id)) return SightOfHour(spec, parts, key);
    is_coarse_found_ |= std::any_of(spec.coarser.begin(), spec.coarser.end(), [&](const CoarseSpec& coarse) {
      return coarse.key.Match(key, parts) && !spec.IsExcluded(parts.id);
    });
  }
}

/// Some of each hour, so that they are of several.
void OffsetProbe::SightOfHour(const CounterSpec& spec, const KeyParts& parts, std::string_view key) {
  const auto naive_hour = NaiveHourOf(parts.date, parts.hour);
  if (!naive_hour) return;
  has_hours_ = true;
  const auto of_this_hour = std::count_if(
      sights_.begin(), sights_.end(), [&](const Sighting& sight) { return sight.naive_hour == *naive_hour; });
  if (static_cast<std::size_t>(of_this_hour) < kOfAnHour) Sight(spec, *naive_hour, std::string(key));
}

void OffsetProbe::OnSearched(bool is_whole) {
  // Broken off before it had found enough, it does not say that there is nothing.
  const bool is_searched = is_whole || HasEnough();
  AskTimes([this, is_searched] {
    if (has_hours_ || !is_searched) return Finish(Found::kHours);
    Finish(is_coarse_found_ ? Found::kHistory : Found::kNothing);
  });
}

void OffsetProbe::Finish(Found found) {
  if (const auto shown = evidence_.Conclusion()) detector_.OnInferred(*shown);
  on_done_(found);
}

}  // namespace keymeter::processor
