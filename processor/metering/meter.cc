#include "processor/metering/meter.h"

#include <algorithm>
#include <utility>

#include "processor/metering/growth.h"

namespace keymeter::processor {

void Meter::Restore(SeriesRegistry registry, CounterTable counters,
                    std::optional<std::int64_t> covered_until_ms, LostAmounts lost) {
  lost_ = std::move(lost);
  registry_ = std::move(registry);
  counters_ = std::move(counters);
  unwritten_.SetDurableSeries(registry_.size());
  covered_until_ms_ = covered_until_ms.value_or(0);
  hours_.Restore(counters_, covered_until_ms_);
  // The baseline reads these: unpacking them takes time, which is free before the loop runs.
  counters_.Unpack(BucketOf(Level::kHour, covered_until_ms_ / 1000, 0));
}

void Meter::BeginSession(std::int64_t now_ms, bool are_events_certain) {
  // Covered until a moment that lies ahead: the clock was wrong then, so it is not known how far the rows
  // reach, and all that the relay keeps is read again.
  if (covered_until_ms_ > now_ms + kClockErrorMs) covered_until_ms_ = 0;
  session_.Begin(now_ms, covered_until_ms_);
  are_events_certain_ = are_events_certain;
  unannounced_ = 0;
  coverage_.Resume(now_ms);
  // A session that ended before its baseline was read has covered nothing: the gap before it goes on.
  if (covered_until_ms_ > 0 && covered_until_ms_ < now_ms) {
    unwritten_.AddGap({covered_until_ms_, now_ms, is_restart_ ? "restart" : "disconnected"});
    gap_begin_ms_ = covered_until_ms_;
  }
  is_restart_ = false;
}

void Meter::TrustEvents(std::int64_t now_ms) {
  if (!std::exchange(are_events_certain_, true)) coverage_.Resume(now_ms);
}

void Meter::WatchUntil(std::int64_t now_ms) {
  if (are_events_certain_) coverage_.CoverUntil(now_ms);
}

void Meter::EndSession(std::int64_t now_ms) {
  WatchUntil(now_ms);
  counters_.EndSession();
  session_.End();
}

void Meter::CompleteBaseline(bool is_whole) {
  session_.CompleteBaseline(is_whole);
  if (is_whole) covered_until_ms_ = std::max(covered_until_ms_, session_.begin_ms());
}

void Meter::CompleteSweep(std::int64_t begin_ms) {
  if (!session_.KnowsEveryCounter()) return;
  session_.CompleteSweep(begin_ms);
  covered_until_ms_ = std::max(covered_until_ms_, begin_ms);
}

void Meter::CoverUntil(std::int64_t ms) {
  // Before the baseline is read, what happened while we were away is not inside the rows yet.
  if (session_.KnowsEveryCounter() && are_events_certain_)
    covered_until_ms_ = std::max(covered_until_ms_, ms);
}

void Meter::OnSilence(std::int64_t from_ms, std::int64_t now_ms) {
  unwritten_.AddGap({from_ms, now_ms, "silent"});
  coverage_.Revoke(from_ms);
  // So that the gap which the end of the session opens begins where this one does, and extends it.
  covered_until_ms_ = std::min(covered_until_ms_, from_ms);
}

void Meter::StepBack(std::int64_t from_ms, std::int64_t to_ms) {
  unwritten_.AddGap({to_ms, from_ms, "clock"});
  // The baseline was read by a wrong clock: the next one reads again from where the session before ended.
  covered_until_ms_ = std::min(session_.covered_before_ms(), to_ms);
  session_.StepBack(to_ms);
  coverage_.Resume(to_ms);
}

bool Meter::OnGrowth(EntityKind kind, std::string_view id, std::string_view model, std::int64_t hour,
                     std::int64_t now_ms) {
  const SeriesId series = registry_.Intern(kind, id, model);
  if (series == SeriesRegistry::kNone) return false;
  hours_.Count(hour);
  const CounterIndex index = counters_.Intern(series, hour);
  Counter& counter = counters_[index];
  if (counter.first_event_ms == 0) counter.first_event_ms = now_ms;
  counters_.MarkDirty(index);
  return true;
}

bool Meter::OnEnd(End end, EntityKind kind, std::string_view id, std::string_view model, std::int64_t hour,
                  std::int64_t now_ms) {
  const bool may_be_new = end == End::kReplaced;
  const SeriesId series = may_be_new ? registry_.Intern(kind, id, model) : registry_.Find(kind, id, model);
  if (series == SeriesRegistry::kNone) return !may_be_new;
  if (may_be_new) hours_.Find(hour);  // a copy says nothing of when its counter was written
  if (!may_be_new && counters_.Find(series, hour) == nullptr) return true;
  const CounterIndex index = counters_.Intern(series, hour);
  Counter& counter = counters_[index];
  counter.TakeEnd(end);
  if (counter.is_being_read) counter.is_void = true;
  if (counter.first_event_ms == 0) counter.first_event_ms = now_ms;
  counters_.MarkDirty(index);
  return true;
}

std::optional<CounterIndex> Meter::Expect(EntityKind kind, std::string_view id, std::string_view model,
                                          std::int64_t hour) {
  const SeriesId series = registry_.Intern(kind, id, model);
  if (series == SeriesRegistry::kNone) return std::nullopt;
  hours_.Find(hour);
  const CounterIndex index = counters_.Intern(series, hour);
  counters_[index].is_expected = true;
  return index;
}

bool Meter::IsReadOrExpected(EntityKind kind, std::string_view id, std::string_view model,
                             std::int64_t hour) const {
  const SeriesId series = registry_.Find(kind, id, model);
  return series != SeriesRegistry::kNone && counters_.IsReadOrExpected(series, hour);
}

CounterRead Meter::BeginRead(CounterIndex index, std::int64_t now_ms) {
  Counter& counter = counters_[index];
  counter.is_being_read = true;
  counter.is_void = counter.is_expected = false;
  hours_.Read(counter.hour, now_ms);
  CounterRead read;
  read.index = index;
  read.asked_ms = now_ms;
  read.first_event_ms = counter.first_event_ms;
  counter.first_event_ms = 0;
  return read;
}

void Meter::FinishRead(const CounterRead& read) {
  Counter& counter = counters_[read.index];
  counter.is_being_read = false;
  if (counter.is_void || !read.is_usable) {
    // Void: its end marked it dirty again, so it is read once more. Unusable: what we knew before stays.
    if (read.first_event_ms != 0) counter.first_event_ms = read.first_event_ms;
    if (!read.is_usable && !session_.KnowsEveryCounter()) counter.missed_baseline = true;
    return;
  }
  const bool was_away = counter.read_ms != 0 && counter.session != session_.number();
  ReadingContext context{.end = counter.end, .was_away = was_away};
  if (counter.end == End::kReplaced) context.beyond = lost_.Of(counter.series, counter.hour);
  const Verdict verdict = Compare(counter.reading, read.values, context);
  if (verdict.fall) {
    unwritten_.AddAdjustment({read.received_ms, *verdict.fall, counter.hour, counter.series, verdict.lost});
    lost_.Add(counter.series, counter.hour, verdict.lost);
  }
  if (!verdict.growth.IsZero()) Record(counter, read, verdict.growth);
  coverage_.AddReading(read.received_ms,
                       read.first_event_ms == 0 ? 0 : read.received_ms - read.first_event_ms);
  const bool has_changed = counter.reading != read.values;
  counter.reading = read.values;
  counter.read_ms = read.asked_ms;
  counter.session = session_.number() & kMostSessions;
  if (has_changed) counters_.changed().Put(counter);
  counter.end = End::kNone;
  counter.missed_baseline = false;
}

void Meter::Record(const Counter& counter, const CounterRead& read, const Amounts& growth) {
  // A value that came from elsewhere grew at some time before: its event says nothing of when.
  const bool is_from_elsewhere = counter.end == End::kReplaced;
  // Since its last reading, a moment ago.
  if (counter.session == session_.number() && !is_from_elsewhere) hours_.Count(counter.hour);
  const Interval interval = is_from_elsewhere ? Interval{.from_ms = 0, .to_ms = read.received_ms}
                                              : session_.IntervalOf(counter, read);
  const Placement placement = Place(interval, counter.hour, utc_offset_s_);
  unwritten_.AddGrowth(placement, counter.series, growth);
  const bool is_of_session = interval.from_ms >= session_.begin_ms();
  const bool is_live =
      counter.hour == kNoPeriod || read.received_ms < (counter.hour + 2 * kHourSeconds) * 1000;
  if (is_of_session && is_live && are_events_certain_ && !interval.begins_with_event) ++unannounced_;
  if (registry_[counter.series].kind != EntityKind::kApiKey) return;
  if (!is_of_session && !is_from_elsewhere && gap_begin_ms_ != 0)
    unwritten_.AddRecovery(gap_begin_ms_, placement.level, growth);
  if (placement.level != Level::kMinute) return;
  request_rate_.Add(read.received_ms, growth[Metric::kRequests]);
  token_rate_.Add(read.received_ms, growth.TotalTokens());
}

void Meter::Drain(WriteBatch& batch) {
  unwritten_.Drain(batch, registry_);
  batch.readings = counters_.changed().Drain();
  batch.coverage = coverage_.Drain();
  batch.covered_until_ms = covered_until_ms_;
}

void Meter::Undrain(const WriteBatch& batch) {
  unwritten_.Undrain(batch, utc_offset_s_);
  for (const ReadingRow& row : batch.readings) counters_.TakeBack(row);
  coverage_.Restore(batch.coverage);
}

}  // namespace keymeter::processor
