#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "schema/error.h"
#include "schema/profile.h"

namespace keymeter::processor {

/// Which profile meters the hours from `from_hour` on: a row of the table `profile_use`.
struct ProfileUse {
  std::int64_t from_hour = 0;  ///< epoch seconds; 0: from the beginning
  std::string profile;
  std::int64_t since_ms = 0;  ///< when that was decided
};

/// Which counter meters which hour.
///
/// A relay may write the same usage into several counters: by the hour and model, by the hour alone. One of
/// them is metered, the finest; each hour belongs to one profile, so nothing can count twice. While several
/// profiles are candidates, any growth of the finer one's counters decides for it; the coarser one is adopted
/// when only its counters have been seen for ten seconds. Finer counters that appear later take over at the
/// start of an hour that nobody has metered yet.
/// Threads: loop thread. Bounds: O(counters of all candidates) per question; a handful.
class MeteringPlan {
 public:
  static constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

  /// `candidates`: the finest first; one alone is decided. `stored`: what the file was metered with so far;
  /// when that ends with another profile than the only candidate, this one takes over at `next_hour`, an hour
  /// that nobody has metered yet. Fails when the candidates cannot go on with what is stored.
  static Result<MeteringPlan> Make(std::vector<Profile> candidates, std::vector<ProfileUse> stored,
                                   std::int64_t next_hour, std::int64_t now_ms);

  /// Counters of all candidates; a spec's place here is its number.
  [[nodiscard]] const std::vector<CounterSpec>& counters() const { return counters_; }
  /// Where entities and groups stand: the finest candidate.
  [[nodiscard]] const Profile& entities() const { return candidates_.front(); }

  [[nodiscard]] bool IsDecided() const { return !uses_.empty(); }
  /// The name of the profile in use, "" while undecided.
  [[nodiscard]] const std::string& profile() const;
  /// Whether there are counters that name an hour, by which the relay's offset can be told.
  [[nodiscard]] bool HasDatedCounters() const;

  /// Whether this counter is the one to meter an hour by (kNoPeriod for a cumulative counter).
  [[nodiscard]] bool Meters(std::size_t spec, std::int64_t hour) const;
  /// The counter that meters an entity in an hour; null: none does.
  [[nodiscard]] const CounterSpec* Find(EntityKind kind, std::int64_t hour) const;
  /// Whether events of this counter mean anything: it is metered in some hour, or could decide.
  [[nodiscard]] bool IsWatched(std::size_t spec) const;

  /// A counter exists, or grew, in a relay whose profile is not decided. True when that decided.
  bool See(std::size_t spec, std::int64_t now_ms);
  /// Adopts the coarser profile when its time has come. True when that decided.
  bool Settle(std::int64_t now_ms);
  /// This counter, if the relay keeps it, would decide, or take over from those in use.
  [[nodiscard]] bool IsCandidate(std::size_t spec) const;
  /// A counter that is not metered grew: when it is a finer one than those in use, it takes over at
  /// `next_hour`. True when a switch was set.
  bool Outgrow(std::size_t spec, std::int64_t next_hour, std::int64_t now_ms);

  /// What the file does not know yet; all of it once more after Unwrite.
  std::vector<ProfileUse> TakeUnwritten();
  void Unwrite() { is_written_ = false; }
  [[nodiscard]] const std::vector<ProfileUse>& uses() const { return uses_; }

 private:
  explicit MeteringPlan(std::vector<Profile> candidates);
  void Use(std::size_t candidate, std::int64_t from_hour, std::int64_t now_ms);
  [[nodiscard]] std::size_t CandidateNamed(const std::string& profile) const;
  [[nodiscard]] std::size_t CandidateAt(std::int64_t hour) const;

  std::vector<Profile> candidates_;
  std::vector<CounterSpec> counters_;
  std::vector<std::size_t> candidate_of_;  ///< by number of a spec
  std::vector<ProfileUse> uses_;           ///< ordered by hour
  std::vector<std::size_t> used_;          ///< the candidate of each use
  std::int64_t coarse_seen_ms_ = 0;        ///< 0: not yet
  std::size_t coarse_ = 0;                 ///< the candidate seen then
  bool is_auto_ = false;
  bool is_written_ = true;
};

}  // namespace keymeter::processor
