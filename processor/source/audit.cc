#include "processor/source/audit.h"

#include <algorithm>
#include <utility>

#include "processor/metering/counter_value.h"
#include "processor/redis/reply_shapes.h"
#include "processor/source/history_import.h"
#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kWholeEveryMs = kDaySeconds * 1000;
constexpr std::int64_t kMostLogged = 20;
constexpr std::int64_t kMostCounters = 10'000;  ///< compared in one flush, roughly

}  // namespace

Audit::Audit(const Clock& clock, const MeteringPlan& plan, HourScan& walk, CounterReader& counters,
             HistoryReader& history, RedisLink& link, Meter& meter, std::int64_t interval_ms,
             std::int64_t audited_until)
    : clock_(clock),
      plan_(plan),
      walk_(walk),
      counters_(counters),
      history_(history),
      link_(link),
      meter_(meter),
      interval_ms_(interval_ms),
      audited_until_(audited_until) {}

/// One hour later than the oldest that is kept, so that nothing expires while it is read.
std::int64_t Audit::OldestHour(std::int64_t now_s) const {
  int kept = 0;
  for (const CounterSpec& spec : plan_.counters())
    if (spec.period == Period::kHour) kept = kept == 0 ? spec.keep_hours : std::min(kept, spec.keep_hours);
  return BucketOf(Level::kHour, now_s, 0) - (kept - 1) * kHourSeconds;
}

std::int64_t Audit::OldestDay(std::int64_t now_s) const {
  int kept = 0;
  for (const CounterSpec& spec : plan_.counters())
    for (const CoarseSpec& coarse : spec.coarser)
      if (coarse.level == Level::kDay) kept = kept == 0 ? coarse.keep_days : std::min(kept, coarse.keep_days);
  return BucketOf(Level::kDay, now_s - std::max(0, kept - 1) * kDaySeconds, utc_offset_s_);
}

void Audit::OnBaselineRead() {
  if (!due_ms_) due_ms_ = clock_.MonotonicMs() + interval_ms_;
}

bool Audit::StartWhenDue(std::int64_t now_ms, std::int64_t utc_offset_s) {
  if (interval_ms_ == 0 || IsRunning() || !plan_.HasDatedCounters()) return false;
  const std::int64_t mono_ms = clock_.MonotonicMs();
  if (!due_ms_ || mono_ms < *due_ms_ || !history_.IsDone()) return false;
  due_ms_ = mono_ms + interval_ms_;
  utc_offset_s_ = utc_offset_s;
  const std::int64_t now_s = now_ms / 1000;
  const bool is_whole = mono_ms >= whole_due_ms_;
  row_ = {};
  row_.begun_ms = now_ms;
  row_.is_whole = is_whole;
  row_.to_hour = BucketOf(Level::kHour, now_s - kSettledSeconds, 0);
  row_.from_hour = is_whole ? OldestHour(now_s) : std::max(audited_until_, OldestHour(now_s));
  if (row_.from_hour >= row_.to_hour) return false;
  if (is_whole) whole_due_ms_ = mono_ms + kWholeEveryMs;
  begun_mono_ms_ = mono_ms;
  logged_ = 0;
  days_.first = is_whole ? OldestDay(now_s) : BucketOf(Level::kDay, row_.from_hour, utc_offset_s_);
  days_.last = LastSettled(Level::kDay, now_s, utc_offset_s_);
  months_.reset();
  if (const auto first = FirstKept(plan_.counters(), Level::kMonth, now_s, utc_offset_s_); first && is_whole)
    months_ = {Level::kMonth, *first, LastSettled(Level::kMonth, now_s, utc_offset_s_)};
  phase_ = Phase::kListingHours;
  walk_.Start(
      {.first_hour = row_.from_hour, .last_hour = row_.to_hour - kHourSeconds, .utc_offset_s = utc_offset_s_},
      [this, generation = generation_](const HourScan::Outcome&) {
        if (generation != generation_) return;
        phase_ = Phase::kReadingHours;
        if (counters_.IsBacklogRead()) OnBacklogRead();
      });
  return true;
}

void Audit::OnBacklogRead() {
  if (phase_ != Phase::kReadingHours) return;
  for (std::int64_t hour = row_.from_hour; hour < row_.to_hour; hour += kHourSeconds) hours_.push_back(hour);
  phase_ = Phase::kHours;
}

void Audit::Reset() {
  if (!IsRunning()) return;
  ++generation_;
  if (phase_ == Phase::kDays) history_.Abandon();
  phase_ = Phase::kIdle;
  hours_.clear();
  sums_.clear();
  due_ms_ = clock_.MonotonicMs() + interval_ms_;
  whole_due_ms_ = 0;
}

void Audit::StartDays() {
  phase_ = Phase::kDays;
  std::vector<HistoryReader::Span> spans;
  if (days_.first <= days_.last) spans.push_back(days_);
  if (months_ && months_->first <= months_->last) spans.push_back(*months_);
  spans.empty() ? AskSums() : history_.Start(spans, utc_offset_s_);
}

void Audit::AskSums() {
  const auto& spec = plan_.entities().day_sum;
  phase_ = Phase::kSums;
  if (!spec || days_.first > days_.last || !link_.IsReady()) return;
  phase_ = Phase::kAskingSums;
  std::string commands;
  for (std::int64_t day = days_.first; day <= days_.last; day += kDaySeconds) {
    AppendHmget(commands, spec->key.Key({"", "", FormatDate(day, utc_offset_s_), ""}), spec->fields);
    sums_.push_back({day, spec->kind, {}, {}});
  }
  link_.commands().Pipeline(
      commands, sums_.size(),
      [this, generation = generation_](std::size_t i, const Reply& reply) {
        if (generation == generation_) OnSum(i, reply);
      },
      [count = spec->fields.size()](std::size_t, const Reply& reply) { return CheckValues(reply, count); });
}

void Audit::OnSum(std::size_t index, const Reply& reply) {
  const auto& fields = plan_.entities().day_sum->fields;
  DaySumReading& sum = sums_[index];
  for (std::size_t i = 0; i < fields.size() && i < reply.elements; ++i) {
    if (reply.element[i]->type != REDIS_REPLY_STRING) continue;
    const auto number = ParseCounterValue(TextOf(*reply.element[i]));
    if (!number) continue;
    sum.metrics.push_back(fields[i].first);
    sum.values[fields[i].first] = *number;
  }
  if (index + 1 < sums_.size()) return;
  std::erase_if(sums_, [](const DaySumReading& day) { return day.metrics.empty(); });
  phase_ = Phase::kSums;
}

/// As many hours as one flush should compare.
void Audit::TakeHours(AuditStep& step) {
  const std::int64_t all = (row_.to_hour - row_.from_hour) / kHourSeconds;
  const std::int64_t counters_an_hour = static_cast<std::int64_t>(meter_.counters().size()) / all + 1;
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, kMostCounters / counters_an_hour));
  const auto count = static_cast<std::ptrdiff_t>(std::min(most, hours_.size()));
  step.hours.assign(hours_.begin(), hours_.begin() + count);
  hours_.erase(hours_.begin(), hours_.begin() + count);
}

void Audit::TakePart(AuditStep& step) {
  switch (phase_) {
    case Phase::kHours:
      if (!hours_.empty()) return TakeHours(step);
      if (history_.IsDone()) StartDays();  // an import may have to write once more what SQLite refused
      return;
    case Phase::kDays:
      step.days = history_.Take();
      if (history_.IsDone()) AskSums();
      return;
    case Phase::kSums:
      step.sums = std::exchange(sums_, {});
      phase_ = Phase::kEnd;
      return;
    default:
      return;
  }
}

void Audit::Drain(WriteBatch& batch) {
  if (!IsRunning()) return;
  if (phase_ == Phase::kEnd) return Finish(batch);
  AuditStep step;
  const std::int64_t now_s = clock_.WallMs() / 1000;
  step.oldest_hour = OldestHour(now_s);
  step.oldest_day = OldestDay(now_s);
  step.oldest_month = FirstKept(plan_.counters(), Level::kMonth, now_s, utc_offset_s_).value_or(0);
  TakePart(step);
  if (!step.hours.empty() || !step.days.empty() || !step.sums.empty()) batch.audit = std::move(step);
}

void Audit::Undrain(const WriteBatch& batch) {
  // A part that could not be compared is no audit: the next one looks at all of it.
  if (batch.audit || batch.audited) Reset();
}

void Audit::OnFindings(const AuditFindings& findings) {
  const SeriesRegistry& registry = meter_.registry();
  row_.hours += findings.hours;
  row_.days += findings.days;
  row_.drift += static_cast<std::int64_t>(findings.drift.size());
  row_.recovered += findings.history.recovered;
  LogRecovered(findings.history);
  if (findings.history.overtaken > 0) CoverEverything();  // they may be older than what this one looks at
  for (const DriftRow& drift : findings.drift) {
    if (++logged_ > kMostLogged) continue;
    const bool is_of_all = drift.series == SeriesRegistry::kNone;
    log::Fault("drift", {{"kind", is_of_all ? "all API keys" : EntityKindName(registry[drift.series].kind)},
                         {"id", is_of_all ? "" : registry[drift.series].entity},
                         {"model", is_of_all ? "" : registry[drift.series].model},
                         {"level", LevelName(drift.level)},
                         {"bucket", FormatRfc3339(drift.bucket * 1000)},
                         {"metric", MetricName(drift.metric)},
                         {"relay", drift.relay},
                         {"ours", drift.ours}});
  }
}

void Audit::Finish(WriteBatch& batch) {
  row_.took_ms = clock_.MonotonicMs() - begun_mono_ms_;
  batch.audited = row_;
  audited_until_ = row_.to_hour;
  phase_ = Phase::kIdle;
  ++audits_;
  log::Info("audited", {{"hours", row_.hours},
                        {"days", row_.days},
                        {"drift", row_.drift},
                        {"recovered", row_.recovered},
                        {"from", FormatRfc3339(row_.from_hour * 1000)},
                        {"to", FormatRfc3339(row_.to_hour * 1000)},
                        {"ms", row_.took_ms}});
}

}  // namespace keymeter::processor
