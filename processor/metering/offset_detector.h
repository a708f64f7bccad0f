#pragma once

#include <cstdint>
#include <optional>

namespace keymeter::processor {

/// Finds the relay's UTC offset from the hours that it names in the keys of live traffic, and watches that a
/// known one stays true.
///
/// Hours are counted since 1970; a "naive" hour is the one in a key, read as if it were UTC.
/// Threads: loop thread. Bounds: O(1).
class OffsetDetector {
 public:
  explicit OffsetDetector(std::optional<std::int64_t> known_seconds) : known_s_(known_seconds) {}

  [[nodiscard]] std::optional<std::int64_t> known() const { return known_s_; }

  /// An idle relay: the newest hour that it wrote, and when it last did (from that key's time to live).
  void OnNewestHour(std::int64_t naive_hour, std::int64_t written_ms);
  /// A counter grew just now: by an increment, which relays do to the present hour, or by a set, which may be
  /// an import of old ones and contradicts nothing.
  void OnLiveHour(std::int64_t naive_hour, std::int64_t now_ms, bool is_increment = true);
  /// Concludes, when all events of the last second named one hour. An import names many; at an hour's edge,
  /// where a key may still name the hour before, there are two.
  void Settle(std::int64_t now_ms);

  /// The offset that live keys have been showing for ten seconds, when it is not the known one.
  [[nodiscard]] std::optional<std::int64_t> contradiction() const { return contradiction_s_; }

 private:
  void Watch(std::int64_t naive_hour, std::int64_t now_ms);

  std::optional<std::int64_t> known_s_;
  std::optional<std::int64_t> contradiction_s_;

  // Unknown: the hour that all events since then have named, and the last of them.
  std::int64_t candidate_ = 0;
  std::int64_t candidate_since_ms_ = 0;
  std::int64_t candidate_last_ms_ = 0;

  // Known, but another one is being seen.
  std::int64_t other_s_ = 0;
  std::int64_t other_since_ms_ = 0;
  std::int64_t other_events_ = 0;
};

}  // namespace keymeter::processor
