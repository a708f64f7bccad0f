#include "processor/source/hour_scan.h"

#include <utility>
#include <vector>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

/// Found and not read yet: each is a counter at hand, and would else wait as a name in Redis' index set.
constexpr std::size_t kMostBacklog = 100'000;
/// Read, and waiting for a flush: so an import is no faster than SQLite.
constexpr std::size_t kMostUnwritten = 200'000;

}  // namespace

HourScan::HourScan(const MeteringPlan& plan, ScanQueue& scans, Meter& meter, CounterReader& reader,
                   std::function<void(EntityKind, std::string_view)> on_new_series)
    : plan_(plan), scans_(scans), meter_(meter), reader_(reader), on_new_series_(std::move(on_new_series)) {
  scans_.SetBrake([this] {
    return reader_.backlog_size() >= kMostBacklog || meter_.counters().changed().size() >= kMostUnwritten;
  });
}

void HourScan::Start(const Span& span, std::function<void(bool)> on_listed) {
  is_whole_ = true;
  scans_.AddSteps([this, known = CounterTable::Span{span.first_hour, span.last_hour}]() mutable {
    std::vector<CounterIndex> found;
    const bool is_more = meter_.ExpectSome(known, found);
    for (CounterIndex index : found) reader_.AddBacklog(index);
    return is_more;
  });
  for (std::size_t i = 0; i < plan_.counters().size(); ++i) WalkSpec(i, span);
  // Jobs run in order: when this one's turn comes, all of the above are done.
  scans_.AddMarker([this, call = std::move(on_listed)] { call(is_whole_); });
}

void HourScan::WalkSpec(std::size_t number, const Span& span) {
  const CounterSpec& spec = plan_.counters()[number];
  std::vector<std::int64_t> hours;
  if (spec.period == Period::kNone) {
    hours.push_back(kNoPeriod);
  } else {
    for (std::int64_t hour = span.last_hour; hour >= span.first_hour; hour -= kHourSeconds)
      hours.push_back(hour);
  }
  std::erase_if(hours, [&](std::int64_t hour) { return !plan_.Meters(number, hour); });
  if (spec.index) {
    for (std::int64_t hour : hours) WalkIndex(spec, hour, span.utc_offset_s);
  } else if (!hours.empty() && span.is_thorough) {
    WalkKeys(number, span);
  }
}

bool HourScan::IsIndexed(std::int64_t first_hour, std::int64_t last_hour) const {
  for (std::size_t i = 0; i < plan_.counters().size(); ++i) {
    const CounterSpec& spec = plan_.counters()[i];
    const bool is_metered = spec.period == Period::kNone
                                ? plan_.Meters(i, kNoPeriod)
                                : plan_.Meters(i, first_hour) || plan_.Meters(i, last_hour);
    if (!spec.index && is_metered) return false;
  }
  return true;
}

void HourScan::WalkIndex(const CounterSpec& spec, std::int64_t hour, std::int64_t utc_offset_s) {
  const std::string date = FormatDate(hour, utc_offset_s);
  const std::string hour_of_day = FormatHour(hour, utc_offset_s);
  scans_.Add({spec.index->key.Key({"", "", date, hour_of_day}), "",
              [this, &spec, hour](std::string_view member) {
                KeyParts parts;
                if (spec.index->member.Match(member, parts)) Expect(spec, parts, hour);
              },
              [this](bool is_whole) { is_whole_ &= is_whole; }});
}

void HourScan::WalkKeys(std::size_t number, const Span& span) {
  const CounterSpec& spec = plan_.counters()[number];
  scans_.Add({"", spec.key.Glob(),
              [this, number, &spec, span](std::string_view key) {
                KeyParts parts;
                if (!spec.key.Match(key, parts) || spec.IsExcluded(parts.id)) return;
                std::int64_t hour = kNoPeriod;
                if (spec.period == Period::kHour) {
                  const auto naive_hour = NaiveHourOf(parts.date, parts.hour);
                  if (!naive_hour) return;
                  hour = *naive_hour * kHourSeconds - span.utc_offset_s;
                  if (hour < span.first_hour || hour > span.last_hour) return;
                }
                if (plan_.Meters(number, hour)) Expect(spec, parts, hour);
              },
              [this](bool is_whole) { is_whole_ &= is_whole; }});
}

void HourScan::Expect(const CounterSpec& spec, const KeyParts& parts, std::int64_t hour) {
  // Nearly all that is listed is known, and was in the backlog before.
  if (meter_.IsRead(spec.kind, parts.id, parts.model, hour)) return;
  const std::size_t series_before = meter_.registry().size();
  const auto index = meter_.Expect(spec.kind, parts.id, parts.model, hour);
  if (meter_.registry().size() != series_before) on_new_series_(spec.kind, parts.id);
  if (index && meter_.counters()[*index].read_ms == 0) reader_.AddBacklog(*index);
}

}  // namespace keymeter::processor
