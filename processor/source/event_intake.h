#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/metering/event_matcher.h"
#include "processor/metering/key_refusal.h"
#include "processor/metering/meter.h"
#include "processor/metering/metering_plan.h"
#include "processor/metering/offset_detector.h"
#include "processor/redis/subscriber.h"
#include "processor/source/history_keys.h"
#include "processor/source/source_figures.h"
#include "schema/clock.h"

namespace keymeter::processor {

/// Takes a session's events: says what each key is, marks counters in the meter, and hands entities on.
///
/// An event of a counter whose hour cannot be told yet, because the relay's UTC offset is not known, is held
/// with its time and metered by Replay. Events also teach: growth may decide the profile, and the hours that
/// live keys name show the offset. Not for readings: an event only says that a counter is to be read. Asks
/// Redis nothing.
/// Threads: loop thread. Lifetime: one session; borrows all that it is given. Bounds: per event one match and
/// what Meter does; at most kMostHeldEvents are held, with names of kMostHeldBytes, beyond which on_overflow
/// is called instead.
class EventIntake {
 public:
  static constexpr std::size_t kMostHeldEvents = 100'000;
  static constexpr std::size_t kMostHeldBytes = std::size_t{64} << 20U;

  /// What happens seldom. What an event of a metered counter leads to is told by the value of Take.
  struct Handler {
    std::function<void()> on_profile_known;  ///< growth decided it
    std::function<void()> on_offset_known;   ///< live keys showed it; may call Replay
    std::function<void()> on_overflow;  ///< an event was lost: a new baseline has to find what it announced
    std::function<void(std::size_t spec, std::string_view id)> on_entity;  ///< changed, came or went
    std::function<void(std::string_view id)> on_group;                     ///< likewise
    /// A closed day or month, or an hour of one that is long over: by an import, not by requests.
    std::function<void()> on_past_written;
    std::function<void(EntityKind kind, std::string_view id)> on_new_series;
  };

  EventIntake(const Clock& clock, MeteringPlan& plan, OffsetDetector& offset, Meter& meter,
              SourceCounts& counts, Handler handler);

  /// True when a counter was marked: it is to be read soon.
  bool Take(KeyEvent event, std::string_view key);
  /// The profile is known, or has changed: from here on its counters are looked for.
  void FollowPlan() {
    matcher_ = EventMatcher(plan_);
    history_keys_ = HistoryKeys(plan_);
  }
  /// The offset is known: meters what was held, each event at the time at which it came.
  void Replay();
  /// A counter that is not metered has grown. The relay was upgraded, if it is a finer one than those that
  /// are: then it takes over with the first hour in which nothing has been metered yet. `hour`: in which it
  /// grew; kNoPeriod: not known.
  void OnUnmeteredGrowth(std::size_t spec, std::int64_t hour, std::int64_t now_ms);

  [[nodiscard]] bool IsHolding() const { return !held_.empty(); }
  /// Growth of a metered counter was announced in this session: so events do come.
  [[nodiscard]] bool has_seen_growth() const { return has_seen_growth_; }
  /// When the last event of any counter came; 0: none did in this session.
  [[nodiscard]] std::int64_t last_event_ms() const { return last_event_ms_; }

 private:
  struct HeldEvent {
    std::size_t spec;  ///< index into the plan's counters
    std::string id;
    std::string model;
    std::optional<std::int64_t> naive_hour;  ///< empty: the key names no hour
    std::int64_t at_ms;
    KeyEvent event;
  };

  void OnOtherKey(KeyEvent event, std::string_view key) const;
  bool OnCounterEvent(KeyEvent event, std::string_view key, const EventMatcher::Match& match);
  void Refuse(KeyRefusal refusal, KeyEvent event, std::string_view key);
  void Hold(KeyEvent event, const EventMatcher::Match& match, std::optional<std::int64_t> naive_hour,
            std::int64_t now_ms);
  bool MeterEvent(KeyEvent event, std::size_t spec, const KeyParts& parts,
                  std::optional<std::int64_t> naive_hour, std::int64_t at_ms);

  const Clock& clock_;
  MeteringPlan& plan_;
  OffsetDetector& offset_;
  Meter& meter_;
  SourceCounts& counts_;
  const Handler handler_;
  EventMatcher matcher_;
  HistoryKeys history_keys_;
  std::vector<HeldEvent> held_;
  std::size_t held_bytes_ = 0;  ///< of names in held_
  std::array<bool, kKeyRefusals> was_refusal_logged_{};
  bool has_seen_growth_ = false;
  std::int64_t last_event_ms_ = 0;
};

}  // namespace keymeter::processor
