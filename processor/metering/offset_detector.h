#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "processor/metering/offset_evidence.h"

namespace keymeter::processor {

/// How a UTC offset came to be known.
enum class OffsetOrigin : std::uint8_t {
  kUnknown,   ///< it is not known
  kInferred,  ///< from times to live: whatever shows another one takes it back
  kShown,     ///< by a few events: only further ones take it back, no times to live
  kSaid,      ///< by the operator (--utc-offset)
  kSeen,      ///< live traffic agreed with it: final
};
[[nodiscard]] std::string_view OffsetOriginName(OffsetOrigin origin);  ///< "", "inferred", …
[[nodiscard]] OffsetOrigin OffsetOriginNamed(std::string_view name);

/// Finds the relay's UTC offset by comparing the hours in the keys of live traffic with our clock, and
/// watches whether a known offset agrees with them.
///
/// Not for an idle relay: see OffsetEvidence. Hours are counted since 1970; a "naive" hour is the one in a
/// key, read as if it were UTC.
/// Threads: loop thread. Bounds: O(1) per event, a few numbers.
class OffsetDetector {
 public:
  /// `origin` is ignored while the offset is unknown.
  explicit OffsetDetector(std::optional<std::int64_t> known_seconds,
                          OffsetOrigin origin = OffsetOrigin::kSaid)
      : known_s_(known_seconds), origin_(known_seconds ? origin : OffsetOrigin::kUnknown) {}

  [[nodiscard]] std::optional<std::int64_t> known() const { return known_s_; }
  [[nodiscard]] OffsetOrigin origin() const { return origin_; }
  /// Nobody said it, and no traffic has confirmed it: a few events are enough against it.
  [[nodiscard]] bool IsEasilyTakenBack() const {
    return origin_ == OffsetOrigin::kInferred || origin_ == OffsetOrigin::kShown;
  }

  /// An idle relay's counters show it. Contradicts an offset that was itself only inferred.
  void OnInferred(std::int64_t offset_s);
  /// A counter of this hour grew just now. An increment is made to the present hour; a set may be an import
  /// of old counters, and contradicts or confirms nothing. `counter`: its key; one alone that somebody puts
  /// right, field by field, contradicts nothing either.
  void OnLiveHour(std::int64_t naive_hour, std::int64_t now_ms, bool is_increment = true,
                  std::string_view counter = {});
  /// To be called again and again: decides once all events of a second have named the same hour. During an
  /// import they name many; at an hour's edge, where keys may still name the hour before, two.
  void Settle(std::int64_t now_ms);
  /// Our wall clock was set, by so much, and is `now_ms` since: what keys show may be the clock's doing,
  /// until it has been steady for so long that it is believed (ProvenTime).
  void OnClockStep(std::int64_t step_ms, std::int64_t now_ms);

  /// The offset that the relay shows, if it differs from the known one: what an inferred one takes a few
  /// events for, any other one ten seconds of them. Withdrawn when live traffic confirms the known one.
  [[nodiscard]] std::optional<std::int64_t> contradiction() const { return contradiction_s_; }

 private:
  void Watch(std::int64_t naive_hour, std::int64_t now_ms, std::string_view counter);
  void Confirm(std::int64_t naive_hour, std::int64_t local_ms);
  void Contradict(std::int64_t shown_s, std::int64_t now_ms, std::string_view counter);
  [[nodiscard]] bool IsContradicted(std::int64_t now_ms) const;

  std::optional<std::int64_t> known_s_;
  OffsetOrigin origin_;
  std::optional<std::int64_t> contradiction_s_;

  // While the offset is unknown: the hour that all events since candidate_since_ms_ have named.
  std::int64_t candidate_ = 0;
  std::int64_t candidate_since_ms_ = 0;
  std::int64_t candidate_last_ms_ = 0;

  // While it is known: another offset that events show, and how many in a row agreed beyond doubt.
  std::int64_t other_s_ = 0;
  std::int64_t other_since_ms_ = 0;
  std::int64_t other_last_ms_ = 0;
  std::int64_t other_events_ = 0;
  std::size_t other_counter_ = 0;    ///< hash of the first one's key
  bool are_other_counters_ = false;  ///< and not the first one alone
  std::int64_t sure_events_ = 0;
  std::int64_t stepped_ms_ = 0;     ///< by how much our clock was set since live keys agreed with it
  std::int64_t stepped_at_ms_ = 0;  ///< for the last time; by the clock as it was set
};

}  // namespace keymeter::processor
