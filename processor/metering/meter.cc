#include "processor/metering/meter.h"

#include <algorithm>
#include <utility>

#include "processor/metering/growth.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kClockErrorMs = 5000;
/// An hour is packed once late events and the last sweep of it have been.
constexpr std::int64_t kPackAfterMs = 5 * kMinuteSeconds * 1000;
constexpr std::size_t kFewUnpacked = 10'000;

}  // namespace

void Meter::Restore(std::optional<std::int64_t> covered_until_ms) {
  durable_series_ = registry_.size();
  covered_until_ms_ = covered_until_ms.value_or(0);
  newest_hour_ = counters_.NewestHour();
  // The baseline reads these: they had better be at hand before the loop runs.
  counters_.Unpack(BucketOf(Level::kHour, covered_until_ms_ / 1000, 0));
}

void Meter::BeginSession(std::int64_t now_ms, bool are_events_certain) {
  session_ = session_ % kMostSessions + 1;
  session_begin_ms_ = listed_ms_ = now_ms;
  are_events_certain_ = are_events_certain;
  // From a clock that was wrong: how far the rows reach is not known, so all that the relay keeps is read
  // again.
  if (covered_until_ms_ > now_ms + kClockErrorMs) covered_until_ms_ = 0;
  covered_before_session_ms_ = covered_until_ms_;
  is_baseline_read_ = false;
  unannounced_ = 0;
  coverage_.Resume(now_ms);
  // A session that ended before its baseline was read has covered nothing: the gap before it goes on.
  if (covered_until_ms_ > 0 && covered_until_ms_ < now_ms) {
    gaps_.push_back({covered_until_ms_, now_ms, is_restart_ ? "restart" : "disconnected"});
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
  is_baseline_read_ = false;
}

void Meter::CompleteBaseline(bool is_whole) {
  is_baseline_read_ = true;
  is_baseline_whole_ = is_whole;
  if (is_whole) covered_until_ms_ = std::max(covered_until_ms_, session_begin_ms_);
}

void Meter::CompleteSweep(std::int64_t begin_ms) {
  if (!is_baseline_read_ || !is_baseline_whole_) return;
  listed_ms_ = std::max(listed_ms_, begin_ms);
  covered_until_ms_ = std::max(covered_until_ms_, begin_ms);
}

std::vector<CounterIndex> Meter::OnFlush() {
  std::vector<CounterIndex> all = counters_.ExpectAll();
  for (CounterIndex index : all) {
    Counter& counter = counters_[index];
    counter.deletion_seen = true;
    if (!counter.is_being_read) continue;
    counter.is_void = true;
    counters_.MarkDirty(index);
  }
  return all;
}

void Meter::OnSilence(std::int64_t from_ms, std::int64_t now_ms) {
  gaps_.push_back({from_ms, now_ms, "silent"});
  coverage_.Revoke(from_ms);
  // So that the end of the session adds to this gap.
  covered_until_ms_ = std::min(covered_until_ms_, from_ms);
}

void Meter::StepBack(std::int64_t from_ms, std::int64_t to_ms) {
  gaps_.push_back({to_ms, from_ms, "clock"});
  // The baseline was read by a clock that was wrong: read again from where the session before ended.
  covered_until_ms_ = std::min(covered_before_session_ms_, to_ms);
  session_begin_ms_ = std::min(session_begin_ms_, to_ms);
  listed_ms_ = std::min(listed_ms_, to_ms);
  coverage_.Resume(to_ms);
}

void Meter::CoverUntil(std::int64_t ms) {
  // Before the baseline is read, what happened while we were away is not inside the windows yet.
  if (is_baseline_read_ && is_baseline_whole_ && are_events_certain_)
    covered_until_ms_ = std::max(covered_until_ms_, ms);
}

bool Meter::OnGrowth(EntityKind kind, std::string_view id, std::string_view model, std::int64_t hour,
                     std::int64_t now_ms) {
  const SeriesId series = registry_.Intern(kind, id, model);
  if (series == SeriesRegistry::kNone) return false;
  newest_hour_ = std::max(newest_hour_, hour);
  const CounterIndex index = counters_.Intern(series, hour);
  Counter& counter = counters_[index];
  if (counter.first_event_ms == 0) counter.first_event_ms = now_ms;
  counters_.MarkDirty(index);
  return true;
}

void Meter::OnDeletion(EntityKind kind, std::string_view id, std::string_view model, std::int64_t hour,
                       std::int64_t now_ms) {
  const SeriesId series = registry_.Find(kind, id, model);
  if (series == SeriesRegistry::kNone || counters_.Find(series, hour) == nullptr) return;
  const CounterIndex index = counters_.Intern(series, hour);
  Counter& counter = counters_[index];
  counter.deletion_seen = true;
  if (counter.is_being_read) counter.is_void = true;
  if (counter.first_event_ms == 0) counter.first_event_ms = now_ms;
  counters_.MarkDirty(index);
}

std::optional<CounterIndex> Meter::Expect(EntityKind kind, std::string_view id, std::string_view model,
                                          std::int64_t hour) {
  const SeriesId series = registry_.Intern(kind, id, model);
  if (series == SeriesRegistry::kNone) return std::nullopt;
  newest_hour_ = std::max(newest_hour_, hour);
  const CounterIndex index = counters_.Intern(series, hour);
  counters_[index].is_expected = true;
  return index;
}

bool Meter::IsRead(EntityKind kind, std::string_view id, std::string_view model, std::int64_t hour) const {
  const SeriesId series = registry_.Find(kind, id, model);
  return series != SeriesRegistry::kNone && counters_.IsRead(series, hour);
}

CounterRead Meter::BeginRead(CounterIndex index, std::int64_t now_ms) {
  Counter& counter = counters_[index];
  counter.is_being_read = true;
  counter.is_void = counter.is_expected = false;
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
    // Void: the deletion marked it dirty again, so it is read once more. Unusable: nothing is known that was
    // not.
    if (read.first_event_ms != 0) counter.first_event_ms = read.first_event_ms;
    if (!read.is_usable && !is_baseline_read_) counter.missed_baseline = true;
    return;
  }
  const bool was_away = counter.read_ms != 0 && counter.session != session_;
  const Verdict verdict = Compare(counter.reading, read.values, {counter.deletion_seen, was_away});
  if (verdict.fall)
    adjustments_.push_back({read.received_ms, *verdict.fall, counter.hour, counter.series, verdict.lost});
  if (!verdict.growth.IsZero()) Record(counter, read, verdict.growth);
  coverage_.AddReading(read.received_ms,
                       read.first_event_ms == 0 ? 0 : read.received_ms - read.first_event_ms);
  const bool has_changed = counter.reading != read.values;
  counter.reading = read.values;
  counter.read_ms = read.asked_ms;
  counter.session = session_ & kMostSessions;
  if (has_changed) counters_.changed().Put(counter);
  counter.deletion_seen = counter.missed_baseline = false;
}

bool Meter::BeganInSession(const Counter& counter) const {
  if (counter.hour * 1000 >= session_begin_ms_) return true;
  // It did not exist when the session began, or the baseline would have read it.
  return is_baseline_read_ && is_baseline_whole_ && !counter.missed_baseline;
}

Interval Meter::IntervalOf(const Counter& counter, const CounterRead& read) const {
  const bool is_new = counter.read_ms == 0;
  Interval interval{0, read.received_ms, false};
  if (!is_new && counter.session == session_) {
    interval.from_ms = counter.read_ms;
  } else if (is_new && BeganInSession(counter)) {
    interval.from_ms = listed_ms_;
  } else {
    interval.from_ms = std::max(counter.read_ms, covered_before_session_ms_);
    return interval;
  }
  // None before the question, but one before the fence: what the reading caught came in between.
  const bool came_meanwhile = read.first_event_ms == 0 && counter.first_event_ms > 0;
  const std::int64_t first_event_ms = came_meanwhile ? read.asked_ms : read.first_event_ms;
  if (first_event_ms > 0) {
    interval.from_ms = std::max(interval.from_ms, first_event_ms);
    interval.begins_with_event = true;
  }
  return interval;
}

void Meter::Record(const Counter& counter, const CounterRead& read, const Amounts& growth) {
  const Interval interval = IntervalOf(counter, read);
  const Placement placement = Place(interval, counter.hour, utc_offset_s_);
  windows_.Add(placement, counter.series, growth);
  const bool is_of_session = interval.from_ms >= session_begin_ms_;
  const bool is_live =
      counter.hour == kNoPeriod || read.received_ms < (counter.hour + 2 * kHourSeconds) * 1000;
  if (is_of_session && is_live && are_events_certain_ && !interval.begins_with_event) ++unannounced_;
  if (registry_[counter.series].kind != EntityKind::kApiKey) return;
  if (!is_of_session) NoteRecovery(placement.level, growth);
  if (placement.level != Level::kMinute) return;
  request_rate_.Add(read.received_ms, growth[Metric::kRequests]);
  token_rate_.Add(read.received_ms, growth.TotalTokens());
}

void Meter::NoteRecovery(Level level, const Amounts& growth) {
  if (gap_begin_ms_ == 0 || level > Level::kMonth) return;
  if (recoveries_.empty() || recoveries_.back().gap_from_ms != gap_begin_ms_)
    recoveries_.push_back({gap_begin_ms_, {}});
  recoveries_.back().Add(level, growth);
}

/// By the earlier of the two clocks: what one of them takes for closed may be open yet.
std::int64_t Meter::RestsBefore(std::int64_t now_ms) const {
  return std::min(newest_hour_, BucketOf(Level::kHour, (now_ms - kPackAfterMs) / 1000, 0));
}

bool Meter::HasToPack(std::int64_t now_ms) const {
  return is_packing_ || RestsBefore(now_ms) > packed_before_ || counters_.unpacked() > most_unpacked_;
}

bool Meter::Pack(std::int64_t now_ms) {
  if (!HasToPack(now_ms)) return false;
  const std::int64_t before = RestsBefore(now_ms);
  is_packing_ = !counters_.Pack(before);
  if (is_packing_) return true;
  packed_before_ = before;
  most_unpacked_ = counters_.unpacked() + counters_.unpacked() / 4 + kFewUnpacked;
  return false;
}

void Meter::Drain(WriteBatch& batch) {
  batch.new_series.reserve(registry_.size() - durable_series_);
  for (; durable_series_ < registry_.size(); ++durable_series_) {
    const auto id = static_cast<SeriesId>(durable_series_ + 1);
    batch.new_series.emplace_back(id, registry_[id]);
  }
  batch.growth = windows_.Drain();
  batch.readings = counters_.changed().Drain();
  batch.adjustments = std::exchange(adjustments_, {});
  batch.gaps = std::exchange(gaps_, {});
  batch.recoveries = std::exchange(recoveries_, {});
  batch.coverage = coverage_.Drain();
  batch.covered_until_ms = covered_until_ms_;
}

void Meter::TakeBack(const ReadingRow& row) {
  const bool was_packed = counters_.IsPacked(row.series, row.hour);
  if (counters_.Find(row.series, row.hour) == nullptr) return;
  const CounterIndex index = counters_.Intern(row.series, row.hour);
  counters_.changed().PutBack(counters_[index], row);
  // A walk that is under way may have passed by its place: so it is read all the same.
  if (was_packed) counters_.MarkDirty(index);
}

void Meter::Undrain(const WriteBatch& batch) {
  if (!batch.new_series.empty())
    durable_series_ = std::min<std::size_t>(durable_series_, batch.new_series.front().first - 1);
  windows_.Restore(batch.growth, utc_offset_s_);
  for (const ReadingRow& row : batch.readings) TakeBack(row);
  adjustments_.insert(adjustments_.begin(), batch.adjustments.begin(), batch.adjustments.end());
  gaps_.insert(gaps_.begin(), batch.gaps.begin(), batch.gaps.end());
  recoveries_.insert(recoveries_.begin(), batch.recoveries.begin(), batch.recoveries.end());
  coverage_.Restore(batch.coverage);
}

}  // namespace keymeter::processor
