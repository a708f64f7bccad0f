#include "processor/source/history_reader.h"

#include <algorithm>
#include <utility>

#include "processor/metering/counter_value.h"
#include "processor/redis/reply_shapes.h"
#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr std::size_t kMostWaiting = 10'000;

/// The bucket that a key's {date}, {date} and {hour}, or {month} names.
std::optional<std::int64_t> BucketOfParts(Level level, const KeyParts& parts, std::int64_t utc_offset_s) {
  if (level == Level::kHour) {
    const auto hour = NaiveHourOf(parts.date, parts.hour);
    if (!hour) return std::nullopt;
    return *hour * kHourSeconds - utc_offset_s;
  }
  const auto seconds =
      ParseDate(level == Level::kDay ? std::string(parts.date) : std::string(parts.month).append("-01"));
  if (!seconds) return std::nullopt;
  return *seconds - utc_offset_s;
}

}  // namespace

HistoryReader::HistoryReader(const EventLoop& loop, const MeteringPlan& plan, ScanQueue& scans,
                             RedisLink& link, LoadPacer& pacer, Meter& meter, SkippedValues& skipped,
                             std::function<void(EntityKind, std::string_view)> on_new_series)
    : plan_(plan),
      scans_(scans),
      link_(link),
      pacer_(pacer),
      meter_(meter),
      skipped_(skipped),
      on_new_series_(std::move(on_new_series)),
      next_read_(loop, [this] { ReadSome(); }) {}

void HistoryReader::Start(const std::vector<Span>& spans, std::int64_t utc_offset_s) {
  utc_offset_s_ = utc_offset_s;
  spans_ = spans;
  is_whole_ = true;
  is_abandoned_ = false;
  days_.clear();
  const auto first = FirstOrder();
  if (!first) return;
  first_order_ = *first;
  is_listing_ = true;
  ScanQueue::Job job;
  job.glob = "*";  // one walk for all patterns: see KeySearch
  job.on_member = [this](std::string_view key) { OnKey(key); };
  job.on_done = [this, generation = generation_](bool is_whole) {
    if (generation == generation_) OnListed(is_whole);
  };
  scans_.Add(std::move(job));
}

/// The first of the spans' levels that a counter of the plan has; nothing: none has any.
std::optional<std::size_t> HistoryReader::FirstOrder() const {
  const std::vector<CounterSpec>& counters = plan_.counters();
  for (std::size_t span = 0; span < spans_.size(); ++span)
    for (std::size_t spec = 0; spec < counters.size(); ++spec)
      for (const CoarseSpec& coarse : counters[spec].coarser)
        if (coarse.level == spans_[span].level) return span * counters.size() + spec;
  return std::nullopt;
}

void HistoryReader::OnListed(bool is_whole) {
  is_whole_ &= is_whole;
  is_listing_ = false;
  ReadSome();
}

void HistoryReader::Abandon() {
  is_abandoned_ = true;
  next_read_.Stop();
  wanted_.clear();
  readings_.clear();
}

void HistoryReader::Reset() {
  ++generation_;
  next_read_.Stop();
  is_listing_ = false;
  wanted_.clear();
  asked_.clear();
  readings_.clear();
}

bool HistoryReader::IsFull() const {
  const auto first = wanted_.find(first_order_);
  return is_listing_ && first != wanted_.end() && first->second.size() >= kMostWaiting;
}

/// Hours that a counter is metered by are read elsewhere, one by one.
bool HistoryReader::IsAsked(std::size_t spec, Level level, std::int64_t bucket) const {
  return level != Level::kHour || !plan_.Meters(spec, bucket);
}

void HistoryReader::OnKey(std::string_view key) {
  for (std::size_t spec = 0; spec < plan_.counters().size(); ++spec)
    for (const CoarseSpec& coarse : plan_.counters()[spec].coarser) Match(spec, coarse, key);
}

void HistoryReader::Match(std::size_t spec, const CoarseSpec& coarse, std::string_view key) {
  KeyParts parts;
  if (!coarse.key.Match(key, parts) || plan_.counters()[spec].IsExcluded(parts.id)) return;
  const auto bucket = BucketOfParts(coarse.level, parts, utc_offset_s_);
  if (!bucket || !IsAsked(spec, coarse.level, *bucket)) return;
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    const Span& span = spans_[i];
    if (coarse.level == span.level && *bucket >= span.first && *bucket <= span.last)
      return Want(i * plan_.counters().size() + spec, spec, coarse.level, *bucket, parts);
  }
}

void HistoryReader::Want(std::size_t order, std::size_t spec, Level level, std::int64_t bucket,
                         const KeyParts& parts) {
  if (is_abandoned_) return;
  const EntityKind kind = plan_.counters()[spec].kind;
  const std::size_t series_before = meter_.registry().size();
  const SeriesId series = meter_.InternSeries(kind, parts.id, parts.model);
  if (series == SeriesRegistry::kNone) return;
  if (meter_.registry().size() != series_before) on_new_series_(kind, parts.id);
  wanted_[order].push_back({spec, level, bucket, series});
  ReadSome();
}

void HistoryReader::ReadSome() {
  if (!asked_.empty() || wanted_.empty() || readings_.size() >= kMostWaiting || !link_.IsReady()) return;
  const auto next = wanted_.begin();
  std::deque<Wanted>& wanted = next->second;
  // While there may be more, only the first is read, once it has filled up.
  if (is_listing_ && (next->first != first_order_ || wanted.size() < pacer_.BatchSize())) return;
  sent_us_ = SteadyUs();
  if (const std::int64_t wait_ms = pacer_.WaitMs(sent_us_); wait_ms > 0) return next_read_.StartIn(wait_ms);
  const auto count = static_cast<std::ptrdiff_t>(std::min(pacer_.BatchSize(), wanted.size()));
  asked_.assign(wanted.begin(), wanted.begin() + count);
  wanted.erase(wanted.begin(), wanted.begin() + count);
  if (wanted.empty()) wanted_.erase(next);
  std::string commands;
  for (const Wanted& one : asked_) AppendRead(commands, one);
  link_.commands().Pipeline(
      commands, asked_.size(),
      [this, generation = generation_](std::size_t i, const Reply& reply) {
        if (generation == generation_) OnReply(i, reply);
      },
      [this, generation = generation_](std::size_t i, const Reply& reply) {
        return generation == generation_ ? CheckValues(reply, plan_.counters()[asked_[i].spec].fields.size())
                                         : Status();
      });
}

void HistoryReader::AppendRead(std::string& commands, const Wanted& wanted) const {
  const CounterSpec& spec = plan_.counters()[wanted.spec];
  const auto coarse = std::find_if(spec.coarser.begin(), spec.coarser.end(),
                                   [&](const CoarseSpec& c) { return c.level == wanted.level; });
  const Series& series = meter_.registry()[wanted.series];
  const std::string date = FormatDate(wanted.bucket, utc_offset_s_);
  const std::string month = FormatMonth(wanted.bucket, utc_offset_s_);
  const std::string hour = FormatHour(wanted.bucket, utc_offset_s_);
  AppendHmget(commands, coarse->key.Key({series.entity, series.model, date, hour, month}), spec.fields);
}

void HistoryReader::OnReply(std::size_t index, const Reply& reply) {
  const Wanted& wanted = asked_[index];
  if (const HashValues hash = ValuesOf(wanted, reply); hash.carried != 0 && !is_abandoned_)
    AddReading(wanted, hash);
  if (index + 1 < asked_.size()) return;
  pacer_.OnAnswered(sent_us_, SteadyUs(), asked_.size(), asked_.size());
  asked_.clear();
  ReadSome();
}

/// What the hash holds. A value that is no number is as good as none, and says nothing of the others.
HistoryReader::HashValues HistoryReader::ValuesOf(const Wanted& wanted, const Reply& reply) {
  const CounterSpec& spec = plan_.counters()[wanted.spec];
  HashValues hash;
  if (IsError(reply)) {
    Skip(wanted, "the whole hash", TextOf(reply));
    return hash;
  }
  bool is_whole = true;
  for (std::size_t i = 0; i < spec.fields.size(); ++i) {
    const auto& [metric, field] = spec.fields[i];
    const Reply& value = *reply.element[i];
    if (value.type == REDIS_REPLY_NIL) continue;
    if (const auto number = ParseCounterValue(TextOf(value))) {
      hash.amounts[metric] = *number;
      hash.carried |= CoarseReading::MetricBit(metric);
    } else {
      Skip(wanted, field, TextOf(value));
      is_whole = false;
    }
  }
  if (is_whole) skipped_.OnReadWell(wanted.series, wanted.level, wanted.bucket);
  return hash;
}

void HistoryReader::Skip(const Wanted& wanted, std::string_view field, std::string_view value) {
  skipped_.Add(wanted.series, wanted.level, wanted.bucket, field, value);
}

void HistoryReader::AddReading(const Wanted& wanted, const HashValues& hash) {
  const CounterSpec& spec = plan_.counters()[wanted.spec];
  CoarseReading reading{wanted.level, wanted.bucket, spec.kind, wanted.series, hash.amounts, hash.carried};
  reading.is_of_entity = !spec.key.Has(KeyPattern::Hole::kModel);
  if (reading.is_of_entity) {
    const std::int64_t day = BucketOf(Level::kDay, wanted.bucket, utc_offset_s_);
    if (wanted.level == Level::kDay) days_.emplace(wanted.series, day);
    reading.is_day_known = days_.count({wanted.series, day}) > 0;
  }
  readings_.push_back(reading);
}

void HistoryReader::PutBack(std::vector<CoarseReading> readings) {
  readings.insert(readings.end(), readings_.begin(), readings_.end());
  readings_ = std::move(readings);
}

std::vector<CoarseReading> HistoryReader::Take() {
  std::vector<CoarseReading> taken = std::exchange(readings_, {});
  ReadSome();
  return taken;
}

}  // namespace keymeter::processor
