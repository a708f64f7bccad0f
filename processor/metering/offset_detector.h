#pragma once

#include <cstdint>
#include <optional>

namespace keymeter::processor {

/// Finds the relay's UTC offset by comparing the hours in the keys of live traffic with our clock, and
/// watches whether a known offset agrees with them.
///
/// Hours are counted since 1970; a "naive" hour is the one in a key, read as if it were UTC.
/// Threads: loop thread. Bounds: O(1) per event, a few numbers.
class OffsetDetector {
 public:
  explicit OffsetDetector(std::optional<std::int64_t> known_seconds) : known_s_(known_seconds) {}

  [[nodiscard]] std::optional<std::int64_t> known() const { return known_s_; }

  /// Of an idle relay: the newest hour that any key names, and when that key was last written (known from its
  /// time to live).
  void OnNewestHour(std::int64_t naive_hour, std::int64_t written_ms);
  /// A counter of this hour grew just now. An increment is made to the present hour; a set may be an import
  /// of old counters, and contradicts nothing.
  void OnLiveHour(std::int64_t naive_hour, std::int64_t now_ms, bool is_increment = true);
  /// To be called again and again: decides once all events of a second have named the same hour. During an
  /// import they name many; at an hour's edge, where keys may still name the hour before, two.
  void Settle(std::int64_t now_ms);

  /// The offset that live keys have shown for ten seconds, if it differs from the known one.
  [[nodiscard]] std::optional<std::int64_t> contradiction() const { return contradiction_s_; }

 private:
  void Watch(std::int64_t naive_hour, std::int64_t now_ms);

  std::optional<std::int64_t> known_s_;
  std::optional<std::int64_t> contradiction_s_;

  // While the offset is unknown: the hour that all events since candidate_since_ms_ have named.
  std::int64_t candidate_ = 0;
  std::int64_t candidate_since_ms_ = 0;
  std::int64_t candidate_last_ms_ = 0;

  // While it is known: another offset that events show.
  std::int64_t other_s_ = 0;
  std::int64_t other_since_ms_ = 0;
  std::int64_t other_events_ = 0;
};

}  // namespace keymeter::processor
