#pragma once

#include <cstdint>
#include <optional>

namespace keymeter::processor {

/// Says when a session looks for what no event announced: at counters (sweeps), at entities, at what the
/// relay counts by (probes).
///
/// Time and facts go in, what is due comes out; whoever asks does it. Not for audits: see Audit, whose
/// schedule outlives sessions.
/// Threads: any, one at a time; the session's is the loop thread. Lifetime: one session. Bounds: O(1), no
/// allocation.
class SweepSchedule {
 public:
  /// One look at all counters of some hours.
  struct Sweep {
    std::int64_t begin_ms = 0;
    std::int64_t first_hour = 0;  ///< epoch seconds
    std::int64_t last_hour = 0;   ///< included
    bool is_thorough = false;     ///< also searches the key space for counters that no index set lists
    bool may_search = false;      ///< the same, but only if index sets lack counters that are known
  };
  enum class EntityScan : std::uint8_t { kNone, kSilent, kAll };  ///< kSilent: only what raises no event

  /// `poll_ms`: above 0, sweeps come so often; else once a minute. The session's baseline reads what grew
  /// before `begin_ms`.
  SweepSchedule(std::int64_t poll_ms, std::int64_t begin_ms)
      : poll_ms_(poll_ms), swept_until_ms_(begin_ms), last_search_ms_(begin_ms) {}

  /// A second has passed. Before the questions below, each of which is asked at most once a second.
  void OnSecond() { ++seconds_; }

  [[nodiscard]] bool IsSweepDue(std::int64_t now_ms) const;
  /// The sweep that is due, from now on under way. `oldest_hour`: the relay keeps no counters of earlier
  /// ones. `search_cost_ms`: Redis' time that a search of the key space takes; it limits how often one comes.
  Sweep BeginSweep(std::int64_t now_ms, std::int64_t oldest_hour, bool are_events_certain,
                   std::int64_t search_cost_ms);
  void OnSearched();  ///< the sweep under way has searched the key space
  /// Its counters wait to be read. `is_whole`: all that there are.
  void OnListed(bool is_whole);
  /// Nothing waits to be read any more: ends the sweep, if all of it was listed. Returns the moment at which
  /// it began when it was whole: growth before that has been read.
  std::optional<std::int64_t> FinishSweep();
  [[nodiscard]] bool IsSweeping() const { return sweep_.has_value(); }
  /// All growth before this moment was read, whether events announced it or not.
  [[nodiscard]] std::int64_t swept_until_ms() const { return swept_until_ms_; }

  /// Where events are not certain: whether to ask now for a profile or an offset that is not known yet, or
  /// (`is_upgrade`) for finer counters than the ones that are metered. `search_cost_ms`: as in BeginSweep.
  bool TakeProbe(bool is_upgrade, std::int64_t search_cost_ms);
  /// Which entities to list now; for as long as `is_scanning_all`, a scan of all of them is under way.
  EntityScan TakeEntityScan(bool are_events_certain, bool is_scanning_all, bool is_queue_idle);

 private:
  struct UnderWay {
    std::int64_t begin_ms = 0;
    bool is_listed = false;
    bool is_whole = false;
  };

  const std::int64_t poll_ms_;
  std::int64_t swept_until_ms_;
  std::optional<UnderWay> sweep_;
  std::int64_t last_sweep_ms_ = 0;
  std::int64_t last_search_ms_;  ///< of the key space; the baseline is the first
  std::int64_t seconds_ = 0;     ///< of the session; so the next three
  std::int64_t probed_at_ = 0;
  std::int64_t all_scanned_at_ = 0;
  std::int64_t silent_scanned_at_ = 0;
};

}  // namespace keymeter::processor
