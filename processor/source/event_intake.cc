#include "processor/source/event_intake.h"

#include <algorithm>
#include <utility>

#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

bool IsGrowth(KeyEvent event) {
  return event == KeyEvent::kHset || event == KeyEvent::kHincrby;
}

}  // namespace

EventIntake::EventIntake(const Clock& clock, MeteringPlan& plan, OffsetDetector& offset, Meter& meter,
                         SourceCounts& counts, Handler handler)
    : clock_(clock),
      plan_(plan),
      offset_(offset),
      meter_(meter),
      counts_(counts),
      handler_(std::move(handler)),
      matcher_(plan),
      history_keys_(plan) {}

bool EventIntake::Take(KeyEvent event, std::string_view key) {
  ++counts_.events;
  const EventMatcher::Match match = matcher_.Find(key);
  switch (match.what) {
    case EventMatcher::What::kNothing:
      OnOtherKey(event, key);
      return false;
    case EventMatcher::What::kCounter:
      return OnCounterEvent(event, match);
    case EventMatcher::What::kEntity:
      handler_.on_entity(match.spec, match.parts.id);
      return false;
    case EventMatcher::What::kGroup:
      handler_.on_group(match.parts.id);
      return false;
  }
  return false;
}

/// Nearly every other event is an increment of the present day.
void EventIntake::OnOtherKey(KeyEvent event, std::string_view key) const {
  if (event != KeyEvent::kHset || !offset_.known()) return;
  if (history_keys_.IsOfThePast(key, clock_.WallMs() / 1000, *offset_.known())) handler_.on_past_written();
}

bool EventIntake::OnCounterEvent(KeyEvent event, const EventMatcher::Match& match) {
  const std::int64_t now_ms = clock_.WallMs();
  last_event_ms_ = now_ms;
  if (!plan_.IsDecided()) {
    // The baseline that a decision leads to finds what grew before it.
    if (!IsGrowth(event) || !plan_.See(match.spec, now_ms)) return false;
    handler_.on_profile_known();
  }
  std::optional<std::int64_t> naive_hour;
  if (plan_.counters()[match.spec].period == Period::kHour) {
    naive_hour = matcher_.NaiveHour(match.parts);
    if (!naive_hour) return false;
    const bool was_known = offset_.known().has_value();
    if (IsGrowth(event)) offset_.OnLiveHour(*naive_hour, now_ms, event == KeyEvent::kHincrby);
    if (!was_known && offset_.known()) handler_.on_offset_known();
  }
  if (offset_.known()) return MeterEvent(event, match.spec, match.parts, naive_hour, now_ms);
  Hold(event, match, naive_hour, now_ms);
  return false;
}

void EventIntake::Hold(KeyEvent event, const EventMatcher::Match& match,
                       std::optional<std::int64_t> naive_hour, std::int64_t now_ms) {
  if (held_.size() == kMostHeldEvents) return handler_.on_overflow();
  held_.push_back(
      {match.spec, std::string(match.parts.id), std::string(match.parts.model), naive_hour, now_ms, event});
}

void EventIntake::Replay() {
  for (const HeldEvent& held : std::exchange(held_, {})) {
    KeyParts parts;
    parts.id = held.id;
    parts.model = held.model;
    MeterEvent(held.event, held.spec, parts, held.naive_hour, held.at_ms);
  }
}

/// Not before the offset is known. True when a counter was marked.
bool EventIntake::MeterEvent(KeyEvent event, std::size_t spec_number, const KeyParts& parts,
                             std::optional<std::int64_t> naive_hour, std::int64_t at_ms) {
  const std::int64_t hour = naive_hour ? *naive_hour * kHourSeconds - *offset_.known() : kNoPeriod;
  if (!plan_.Meters(spec_number, hour)) {
    if (IsGrowth(event)) OnUnmeteredGrowth(spec_number, at_ms);
    return false;
  }
  const CounterSpec& spec = plan_.counters()[spec_number];
  meter_.CountEvent(at_ms);
  ++counts_.metered_events;
  if (!IsGrowth(event)) {
    // Old counters expire because the relay keeps them no longer; that resets nothing.
    if (event == KeyEvent::kExpired && spec.HasExpired(hour, meter_.ReachedMs(clock_))) return false;
    meter_.OnDeletion(spec.kind, parts.id, parts.model, hour, at_ms);
    return true;
  }
  has_seen_growth_ = true;
  const std::size_t series_before = meter_.registry().size();
  if (!meter_.OnGrowth(spec.kind, parts.id, parts.model, hour, at_ms)) {
    ++counts_.refused_series;
    return false;
  }
  if (meter_.registry().size() != series_before) handler_.on_new_series(spec.kind, parts.id);
  return true;
}

void EventIntake::OnUnmeteredGrowth(std::size_t spec, std::int64_t now_ms) {
  const std::int64_t newest = std::max(meter_.newest_hour(), BucketOf(Level::kHour, now_ms / 1000, 0));
  if (!plan_.Outgrow(spec, newest + kHourSeconds, now_ms)) return;
  log::Info("the relay keeps finer counters now",
            {{"profile", plan_.profile()}, {"from", FormatRfc3339((newest + kHourSeconds) * 1000)}});
}

}  // namespace keymeter::processor
