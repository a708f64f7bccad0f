#include "processor/source/hour_scan.h"

#include <algorithm>
#include <string>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

/// Found and not read yet: each is a counter at hand, and would else wait as a name in Redis.
constexpr std::size_t kMostBacklog = 100'000;
/// Read, and waiting for a flush: so an import is no faster than SQLite.
constexpr std::size_t kMostUnwritten = 200'000;

}  // namespace

bool HourScan::IsFull() const {
  return reader_.backlog_size() >= kMostBacklog || meter_.counters().changed().size() >= kMostUnwritten;
}

void HourScan::Start(const Span& span, std::function<void(const Outcome&)> on_listed) {
  span_ = span;
  on_listed_ = std::move(on_listed);
  unlisted_.clear();
  have_sets_failed_ = is_searching_ = false;
  outcome_ = {};
  for (const Hours& hours : Ranges())
    scans_.AddSteps(
        [this, known = CounterTable::Span{hours.first, hours.last}]() mutable { return ExpectKnown(known); });
  for (std::size_t i = 0; i < plan_.counters().size(); ++i) ListSets(i);
  if (span.is_thorough) Search();
  // Jobs run in order: when this one's turn comes, all of the above are done.
  scans_.AddMarker([this] { OnListed(); });
}

void HourScan::Reset() {
  is_searching_ = false;
  on_listed_ = nullptr;
}

/// The hours of the span, each once.
std::vector<HourScan::Hours> HourScan::Ranges() const {
  const Hours hours{span_.first_hour, span_.last_hour};
  if (!span_.others) return {hours};
  const Hours& others = *span_.others;
  if (others.last < hours.first || others.first > hours.last) return {hours, others};
  return {{std::min(hours.first, others.first), std::max(hours.last, others.last)}};
}

bool HourScan::IsWithin(std::int64_t hour) const {
  if (hour >= std::min(span_.first_hour, span_.oldest_hour) &&
      hour <= std::max(span_.last_hour, span_.newest_hour))
    return true;
  return span_.others && hour >= span_.others->first && hour <= span_.others->last;
}

bool HourScan::ExpectKnown(CounterTable::Span& known) {
  std::vector<CounterIndex> found;
  const bool is_more = meter_.ExpectSome(known, found);
  for (CounterIndex index : found) {
    reader_.AddBacklog(index);
    const Counter& counter = meter_.counters()[index];
    if (counter.reading.IsZero()) continue;  // never read, or deleted: no set needs to list it
    const CounterSpec* spec = plan_.Find(meter_.registry()[counter.series].kind, counter.hour);
    if (spec != nullptr && spec->index)
      ++unlisted_[{static_cast<std::size_t>(spec - plan_.counters().data()), counter.hour}];
  }
  return is_more;
}

void HourScan::ListSets(std::size_t number) {
  const CounterSpec& spec = plan_.counters()[number];
  std::vector<std::int64_t> hours;
  if (spec.period == Period::kNone) {
    hours.push_back(kNoPeriod);
  } else {
    for (const Hours& range : Ranges())
      for (std::int64_t hour = range.last; hour >= range.first; hour -= kHourSeconds) hours.push_back(hour);
  }
  for (const std::int64_t hour : hours) {
    if (!plan_.Meters(number, hour)) continue;
    if (!spec.index) {
      have_sets_failed_ = true;
      return;
    }
    ListSet(number, hour);
  }
}

void HourScan::ListSet(std::size_t number, std::int64_t hour) {
  const CounterSpec& spec = plan_.counters()[number];
  const std::string date = FormatDate(hour, span_.utc_offset_s);
  const std::string hour_of_day = FormatHour(hour, span_.utc_offset_s);
  ScanQueue::Job job;
  job.set = spec.index->key.Key({"", "", date, hour_of_day});
  job.on_member = [this, number, &spec, hour](std::string_view member) {
    KeyParts parts;
    if (!spec.index->member.Match(member, parts)) return;
    --unlisted_[{number, hour}];
    Expect(spec, parts, hour);
  };
  job.on_done = [this](bool is_whole) { have_sets_failed_ |= !is_whole; };
  scans_.Add(std::move(job));
}

void HourScan::Search() {
  is_searching_ = true;
  search_.Start([this](bool is_whole) {
    is_searching_ = false;
    outcome_.has_searched = true;
    outcome_.is_proved = is_whole;
  });
}

bool HourScan::DoSetsLackCounters() const {
  return std::any_of(unlisted_.begin(), unlisted_.end(), [](const auto& set) { return set.second > 0; });
}

void HourScan::OnListed() {
  const bool is_by_sets = !have_sets_failed_ && !DoSetsLackCounters();
  if (!is_by_sets && span_.may_search && !outcome_.has_searched) {
    Search();
    return scans_.AddMarker([this] { OnListed(); });
  }
  outcome_.is_whole = outcome_.is_proved || (is_by_sets && !outcome_.has_searched);
  if (const auto call = std::exchange(on_listed_, nullptr)) call(outcome_);
}

void HourScan::OnCounterKey(std::size_t number, const KeyParts& parts) {
  if (!is_searching_) return;
  const CounterSpec& spec = plan_.counters()[number];
  std::int64_t hour = kNoPeriod;
  if (spec.period == Period::kHour) {
    const auto naive_hour = NaiveHourOf(parts.date, parts.hour);
    if (!naive_hour) return;
    hour = *naive_hour * kHourSeconds - span_.utc_offset_s;
    if (!IsWithin(hour)) return;
  }
  if (plan_.Meters(number, hour)) Expect(spec, parts, hour);
}

void HourScan::Expect(const CounterSpec& spec, const KeyParts& parts, std::int64_t hour) {
  // Nearly all that is listed is known, and was put into the backlog before.
  if (meter_.IsReadOrExpected(spec.kind, parts.id, parts.model, hour)) return;
  const std::size_t series_before = meter_.registry().size();
  const auto index = meter_.Expect(spec.kind, parts.id, parts.model, hour);
  if (meter_.registry().size() != series_before) on_new_series_(spec.kind, parts.id);
  if (index && meter_.counters()[*index].read_ms == 0) reader_.AddBacklog(*index);
}

}  // namespace keymeter::processor
