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

/// The bucket that a key's {date} or {month} names.
std::optional<std::int64_t> BucketOfParts(Level level, const KeyParts& parts, std::int64_t utc_offset_s) {
  const auto seconds =
      ParseDate(level == Level::kDay ? std::string(parts.date) : std::string(parts.month).append("-01"));
  if (!seconds) return std::nullopt;
  return *seconds - utc_offset_s;
}

/// What the hash holds; nothing when it is gone, or when one of its values is no number.
std::optional<Amounts> AmountsOf(const Reply& reply, const CounterSpec& spec) {
  if (IsError(reply)) return std::nullopt;
  Amounts amounts;
  bool is_there = false;
  for (std::size_t i = 0; i < spec.fields.size(); ++i) {
    const Reply& value = *reply.element[i];
    if (value.type == REDIS_REPLY_NIL) continue;
    const auto number = ParseCounterValue(TextOf(value));
    if (!number) return std::nullopt;
    amounts[spec.fields[i].first] = *number;
    is_there = true;
  }
  if (!is_there) return std::nullopt;
  return amounts;
}

}  // namespace

HistoryReader::HistoryReader(const EventLoop& loop, const MeteringPlan& plan, ScanQueue& scans,
                             RedisLink& link, LoadPacer& pacer, Meter& meter,
                             std::function<void(EntityKind, std::string_view)> on_new_series)
    : plan_(plan),
      scans_(scans),
      link_(link),
      pacer_(pacer),
      meter_(meter),
      on_new_series_(std::move(on_new_series)),
      next_read_(loop, [this] { ReadSome(); }) {}

void HistoryReader::Start(const std::vector<Span>& spans, std::int64_t utc_offset_s) {
  utc_offset_s_ = utc_offset_s;
  is_whole_ = true;
  is_abandoned_ = false;
  for (const Span& span : spans)
    for (std::size_t i = 0; i < plan_.counters().size(); ++i)
      for (const CoarseSpec& coarse : plan_.counters()[i].coarser)
        if (coarse.level == span.level) List(i, coarse, span);
  ListNext();
}

void HistoryReader::ListNext() {
  if (is_list_under_way_ || lists_.empty() || wanted_.size() >= kMostWaiting) return;
  is_list_under_way_ = true;
  ScanQueue::Job job = std::move(lists_.front());
  lists_.pop_front();
  job.on_done = [this, generation = generation_](bool is_whole) {
    if (generation == generation_) OnListed(is_whole);
  };
  scans_.Add(std::move(job));
}

void HistoryReader::OnListed(bool is_whole) {
  is_whole_ &= is_whole;
  is_list_under_way_ = false;
  ListNext();
  ReadSome();
}

void HistoryReader::Abandon() {
  is_abandoned_ = true;
  next_read_.Stop();
  lists_.clear();
  wanted_.clear();
  readings_.clear();
}

void HistoryReader::Reset() {
  ++generation_;
  next_read_.Stop();
  lists_.clear();
  is_list_under_way_ = false;
  wanted_.clear();
  asked_.clear();
  readings_.clear();
}

/// Where two profiles share a day, the coarser one's day holds what the finer one's hours hold as well.
bool HistoryReader::IsOfOneProfile(std::size_t spec, Level level, std::int64_t bucket) const {
  const std::int64_t last_hour = NextBucket(level, bucket, utc_offset_s_) - kHourSeconds;
  return plan_.Meters(spec, bucket) && plan_.Meters(spec, last_hour);
}

void HistoryReader::List(std::size_t spec, const CoarseSpec& coarse, const Span& span) {
  if (!coarse.index) return ListKeys(spec, coarse, span);
  for (std::int64_t bucket = span.first; bucket <= span.last;
       bucket = NextBucket(span.level, bucket, utc_offset_s_))
    if (IsOfOneProfile(spec, span.level, bucket)) ListIndex(spec, coarse, bucket);
}

void HistoryReader::ListIndex(std::size_t spec, const CoarseSpec& coarse, std::int64_t bucket) {
  KeyParts period;
  const std::string date = FormatDate(bucket, utc_offset_s_);
  const std::string month = FormatMonth(bucket, utc_offset_s_);
  period.date = date;
  period.month = month;
  ScanQueue::Job job;
  job.set = coarse.index->key.Key(period);
  job.on_member = [this, spec, &coarse, bucket](std::string_view member) {
    KeyParts parts;
    if (coarse.index->member.Match(member, parts)) Want(spec, coarse.level, bucket, parts);
  };
  lists_.push_back(std::move(job));
}

void HistoryReader::ListKeys(std::size_t spec, const CoarseSpec& coarse, const Span& span) {
  ScanQueue::Job job;
  job.glob = coarse.key.Glob();
  job.on_member = [this, spec, &coarse, span](std::string_view key) {
    KeyParts parts;
    if (!coarse.key.Match(key, parts) || plan_.counters()[spec].IsExcluded(parts.id)) return;
    const auto bucket = BucketOfParts(coarse.level, parts, utc_offset_s_);
    if (bucket && *bucket >= span.first && *bucket <= span.last &&
        IsOfOneProfile(spec, coarse.level, *bucket))
      Want(spec, coarse.level, *bucket, parts);
  };
  lists_.push_back(std::move(job));
}

void HistoryReader::Want(std::size_t spec, Level level, std::int64_t bucket, const KeyParts& parts) {
  if (is_abandoned_) return;
  const EntityKind kind = plan_.counters()[spec].kind;
  const std::size_t series_before = meter_.registry().size();
  const SeriesId series = meter_.InternSeries(kind, parts.id, parts.model);
  if (series == SeriesRegistry::kNone) return;
  if (meter_.registry().size() != series_before) on_new_series_(kind, parts.id);
  wanted_.push_back({spec, level, bucket, series});
  ReadSome();
}

void HistoryReader::ReadSome() {
  if (!asked_.empty() || wanted_.empty() || readings_.size() >= kMostWaiting || !link_.IsReady()) return;
  if (IsListing() && wanted_.size() < pacer_.BatchSize()) return;  // it fills up
  sent_us_ = SteadyUs();
  if (const std::int64_t wait_ms = pacer_.WaitMs(sent_us_); wait_ms > 0) return next_read_.StartIn(wait_ms);
  const std::size_t count = std::min(pacer_.BatchSize(), wanted_.size());
  asked_.assign(wanted_.begin(), wanted_.begin() + static_cast<std::ptrdiff_t>(count));
  wanted_.erase(wanted_.begin(), wanted_.begin() + static_cast<std::ptrdiff_t>(count));
  std::string commands;
  for (const Wanted& wanted : asked_) AppendRead(commands, wanted);
  link_.commands().Pipeline(
      commands, count,
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
  AppendCommandHeader(commands, 2 + spec.fields.size());
  AppendArgument(commands, "HMGET");
  AppendArgument(commands, coarse->key.Key({series.entity, series.model, date, "", month}));
  for (const auto& [metric, field] : spec.fields) AppendArgument(commands, field);
}

void HistoryReader::OnReply(std::size_t index, const Reply& reply) {
  const Wanted& wanted = asked_[index];
  if (const auto amounts = AmountsOf(reply, plan_.counters()[wanted.spec]); amounts && !is_abandoned_)
    readings_.push_back(
        {wanted.level, wanted.bucket, plan_.counters()[wanted.spec].kind, wanted.series, *amounts});
  if (index + 1 < asked_.size()) return;
  pacer_.OnAnswered(sent_us_, SteadyUs(), asked_.size(), asked_.size());
  asked_.clear();
  ListNext();
  ReadSome();
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
