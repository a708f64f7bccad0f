#include "processor/hour_walk.h"

#include <memory>
#include <utility>

#include "schema/civil_time.h"

namespace keymeter::processor {

HourWalk::HourWalk(const Profile& profile, EventMatcher& matcher, ScanQueue& scans, Meter& meter,
                   CounterReader& reader)
    : profile_(profile), matcher_(matcher), scans_(scans), meter_(meter), reader_(reader) {}

void HourWalk::Start(std::int64_t first_hour, std::int64_t last_hour, std::int64_t utc_offset_s,
                     std::function<void(bool)> on_listed) {
  is_whole_ = true;
  for (CounterIndex index : meter_.counters().Since(first_hour))
    if (meter_.counters()[index].hour <= last_hour) reader_.AddBacklog(index);
  for (const CounterSpec& spec : profile_.counters) {
    if (!spec.index) {
      WalkKeys(spec, first_hour, last_hour, utc_offset_s);
      continue;
    }
    for (std::int64_t hour = last_hour; hour >= first_hour; hour -= kHourSeconds)
      WalkIndex(spec, hour, utc_offset_s);
  }
  // Jobs run in order: when this one's turn comes, all of the above are done.
  scans_.AddMarker([this, call = std::move(on_listed)] { call(is_whole_); });
}

void HourWalk::WalkIndex(const CounterSpec& spec, std::int64_t hour, std::int64_t utc_offset_s) {
  const std::string date = FormatDate(hour, utc_offset_s);
  const std::string hour_of_day = FormatHour(hour, utc_offset_s);
  scans_.Add({spec.index->key.Key({"", "", date, hour_of_day}), "",
              [this, &spec, hour](std::string_view member) {
                KeyParts parts;
                if (spec.index->member.Match(member, parts)) Expect(spec, parts, hour);
              },
              [this](bool is_whole) { is_whole_ &= is_whole; }});
}

void HourWalk::WalkKeys(const CounterSpec& spec, std::int64_t first_hour, std::int64_t last_hour,
                        std::int64_t utc_offset_s) {
  scans_.Add({"", spec.key.Glob(),
              [this, &spec, first_hour, last_hour, utc_offset_s](std::string_view key) {
                KeyParts parts;
                if (!spec.key.Match(key, parts)) return;
                const auto naive_hour = matcher_.NaiveHour(parts);
                if (!naive_hour) return;
                const std::int64_t hour = *naive_hour * kHourSeconds - utc_offset_s;
                if (hour >= first_hour && hour <= last_hour) Expect(spec, parts, hour);
              },
              [this](bool is_whole) { is_whole_ &= is_whole; }});
}

void HourWalk::Expect(const CounterSpec& spec, const KeyParts& parts, std::int64_t hour) {
  const auto index = meter_.Expect(spec.kind, parts.id, parts.model, hour);
  if (index && meter_.counters()[*index].read_ms == 0) reader_.AddBacklog(*index);
}

}  // namespace keymeter::processor
