#include "processor/source/event_intake.h"

#include <algorithm>
#include <utility>

#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

bool IsGrowth(KeyEvent event) {
  return event == KeyEvent::kHset || event == KeyEvent::kHincrby || event == KeyEvent::kHincrbyfloat;
}

/// Redis took the hash away by itself.
bool IsOfAge(KeyEvent event) {
  return event == KeyEvent::kExpired || event == KeyEvent::kEvicted;
}

End EndBy(KeyEvent event) {
  switch (event) {
    case KeyEvent::kHset:
    case KeyEvent::kHincrby:
    case KeyEvent::kHincrbyfloat:
      return End::kNone;
    case KeyEvent::kDel:
    case KeyEvent::kExpired:
    case KeyEvent::kEvicted:
    case KeyEvent::kRenameFrom:
    case KeyEvent::kMoveFrom:
      return End::kWhole;
    case KeyEvent::kRenameTo:
    case KeyEvent::kMoveTo:
    case KeyEvent::kRestore:
    case KeyEvent::kCopyTo:
      return End::kReplaced;
    case KeyEvent::kHdel:
    case KeyEvent::kHexpired:
      return End::kFields;
  }
  return End::kNone;
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
      return OnCounterEvent(event, key, match);
    case EventMatcher::What::kEntity:
      handler_.on_entity(match.spec, match.parts.id);
      return false;
    case EventMatcher::What::kGroup:
      handler_.on_group(match.parts.id);
      return false;
    case EventMatcher::What::kAmbiguous:
      Refuse(KeyRefusal::kAmbiguous, event, key);
      return false;
  }
  return false;
}

/// Nearly every other event is an increment of the present day.
void EventIntake::OnOtherKey(KeyEvent event, std::string_view key) const {
  if ((event != KeyEvent::kHset && EndBy(event) != End::kReplaced) || !offset_.known()) return;
  if (history_keys_.IsOfThePast(key, clock_.WallMs() / 1000, *offset_.known())) handler_.on_past_written();
}

bool EventIntake::OnCounterEvent(KeyEvent event, std::string_view key, const EventMatcher::Match& match) {
  const std::int64_t now_ms = clock_.WallMs();
  last_event_ms_ = now_ms;
  const CounterSpec& spec = plan_.counters()[match.spec];
  std::optional<std::int64_t> naive_hour;
  if (spec.period == Period::kHour) naive_hour = matcher_.NaiveHour(match.parts);
  if (const auto refusal = RefusalOf(spec, naive_hour, offset_.known(), now_ms)) {
    Refuse(*refusal, event, key);
    return false;
  }
  if (!plan_.IsDecided()) {
    // The baseline that a decision leads to finds what grew before it.
    if (!IsGrowth(event) || !plan_.See(match.spec, now_ms)) return false;
    handler_.on_profile_known();
  }
  if (naive_hour) {
    const bool was_known = offset_.known().has_value();
    if (IsGrowth(event)) offset_.OnLiveHour(*naive_hour, now_ms, event == KeyEvent::kHincrby, key);
    if (!was_known && offset_.known()) handler_.on_offset_known();
  }
  if (offset_.known()) return MeterEvent(event, match.spec, match.parts, naive_hour, now_ms);
  Hold(event, match, naive_hour, now_ms);
  return false;
}

/// Each event is counted; of each kind the first one is logged.
void EventIntake::Refuse(KeyRefusal refusal, KeyEvent event, std::string_view key) {
  if (!IsGrowth(event) && EndBy(event) != End::kReplaced) return;  // what ends was never metered
  ++counts_.refused_keys;
  if (std::exchange(was_refusal_logged_[static_cast<std::size_t>(refusal)], true)) return;
  log::Warn("a counter is not metered", {{"key", key},
                                         {"reason", KeyRefusalText(refusal)},
                                         {"next", "keymeter_refused_keys_total counts further ones"}});
}

void EventIntake::Hold(KeyEvent event, const EventMatcher::Match& match,
                       std::optional<std::int64_t> naive_hour, std::int64_t now_ms) {
  const std::size_t bytes = match.parts.id.size() + match.parts.model.size();
  if (held_.size() == kMostHeldEvents || held_bytes_ + bytes > kMostHeldBytes) return handler_.on_overflow();
  held_bytes_ += bytes;
  held_.push_back(
      {match.spec, std::string(match.parts.id), std::string(match.parts.model), naive_hour, now_ms, event});
}

void EventIntake::Replay() {
  held_bytes_ = 0;
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
    if (IsGrowth(event)) OnUnmeteredGrowth(spec_number, hour, at_ms);
    return false;
  }
  const CounterSpec& spec = plan_.counters()[spec_number];
  meter_.CountEvent(at_ms);
  ++counts_.metered_events;
  if (const bool is_known = !meter_.MayHaveForgotten(spec.kind, parts.id, parts.model, hour);
      (IsOfAge(event) || !is_known) && spec.HasExpired(hour, meter_.ReachedMs(clock_))) {
    // Old counters expire because the relay keeps them no longer; that resets nothing. One that somebody puts
    // back would count once more without its last reading: an audit compares its day with the rows.
    if (!is_known && (IsGrowth(event) || EndBy(event) == End::kReplaced)) handler_.on_past_written();
    return false;
  }
  const bool is_growth = IsGrowth(event);
  has_seen_growth_ |= is_growth;
  const std::size_t series_before = meter_.registry().size();
  const bool is_taken = is_growth ? meter_.OnGrowth(spec.kind, parts.id, parts.model, hour, at_ms)
                                  : meter_.OnEnd(EndBy(event), spec.kind, parts.id, parts.model, hour, at_ms);
  if (!is_taken) {
    ++counts_.refused_series;
    return false;
  }
  if (meter_.registry().size() != series_before) handler_.on_new_series(spec.kind, parts.id);
  return true;
}

void EventIntake::OnUnmeteredGrowth(std::size_t spec, std::int64_t hour, std::int64_t now_ms) {
  const std::int64_t newest =
      std::max({hour, meter_.newest_hour(), BucketOf(Level::kHour, now_ms / 1000, 0)});
  if (!plan_.Outgrow(spec, newest + kHourSeconds, now_ms)) return;
  log::Info("the relay keeps finer counters now",
            {{"profile", plan_.profile()}, {"from", FormatRfc3339((newest + kHourSeconds) * 1000)}});
}

}  // namespace keymeter::processor
