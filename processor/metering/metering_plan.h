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
  std::string profile;         ///< its name
  std::int64_t since_ms = 0;   ///< when that was decided
};

/// Says which counter meters which hour.
///
/// A relay may write the same usage into several counters: by hour and model, and by hour alone. Only the
/// finest is metered, and each hour belongs to one profile, so nothing counts twice. While several profiles
/// are candidates, any growth of the finest one's counters decides for it, and so does a day or month that it
/// has: an import of the relay leaves days by model beside hours without. A coarser one is adopted when
/// only its counters have been seen for ten seconds. Finer counters that appear later take over at the start
/// of an hour that has not been metered yet. What the other candidates' counters hold of closed days beyond
/// the metered ones is history (see HistoryReader).
/// Threads: loop thread. Lifetime: owns its profiles. Bounds: each question looks through the counters of
/// all candidates, a handful.
class MeteringPlan {
 public:
  static constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

  /// `candidates`: the finest first; a single one is used at once. `stored`: what the file was metered with
  /// so far. When its last profile is not the single candidate, the candidate takes over at `next_hour`, an
  /// hour that has not been metered yet. Fails when the candidates cannot continue what is stored.
  static Result<MeteringPlan> Make(std::vector<Profile> candidates, std::vector<ProfileUse> stored,
                                   std::int64_t next_hour, std::int64_t now_ms);

  /// The counters of all candidates. Functions below name one by its index here, `spec`.
  [[nodiscard]] const std::vector<CounterSpec>& counters() const { return counters_; }
  /// The profile that says where entities and groups are kept: the finest candidate.
  [[nodiscard]] const Profile& entities() const { return candidates_.front(); }

  [[nodiscard]] bool IsDecided() const { return !uses_.empty(); }
  /// The name of the profile in use, "" while undecided.
  [[nodiscard]] const std::string& profile() const;
  /// Whether any counter's key names an hour: only then keys can show the relay's UTC offset.
  [[nodiscard]] bool HasDatedCounters() const;

  /// Whether this counter meters the hour (kNoPeriod for a cumulative counter).
  [[nodiscard]] bool Meters(std::size_t spec, std::int64_t hour) const;
  /// The counter that meters entities of this kind in the hour; null: none does.
  [[nodiscard]] const CounterSpec* Find(EntityKind kind, std::int64_t hour) const;
  /// Whether events of this counter matter: it is metered in some hour, or may decide which profile is used.
  [[nodiscard]] bool IsWatched(std::size_t spec) const;

  /// This counter was seen to exist, or to grow. True when that has just decided which profile is used.
  bool See(std::size_t spec, std::int64_t now_ms);
  /// A coarser profile's counters have been seen for ten seconds, and none of a finer one.
  [[nodiscard]] bool IsSettling(std::int64_t now_ms) const;
  /// Adopts the coarser profile then. True when it just has.
  bool Settle(std::int64_t now_ms);
  /// Whether this counter, if the relay has it, would decide, or take over from the profile in use.
  [[nodiscard]] bool IsCandidate(std::size_t spec) const;
  /// A counter that is not metered grew: if it is finer than the counters in use, its profile takes over at
  /// `next_hour`. True if so.
  bool Outgrow(std::size_t spec, std::int64_t next_hour, std::int64_t now_ms);

  /// All uses, when the file does not have the last of them yet; else empty.
  std::vector<ProfileUse> TakeUnwritten();
  /// SQLite refused them: the next TakeUnwritten returns them again.
  void Unwrite() { is_written_ = false; }
  [[nodiscard]] const std::vector<ProfileUse>& uses() const { return uses_; }

 private:
  explicit MeteringPlan(std::vector<Profile> candidates);
  void Use(std::size_t candidate, std::int64_t from_hour, std::int64_t now_ms);
  [[nodiscard]] std::size_t CandidateNamed(const std::string& profile) const;
  [[nodiscard]] std::size_t CandidateAt(std::int64_t hour) const;

  std::vector<Profile> candidates_;
  std::vector<CounterSpec> counters_;
  std::vector<std::size_t> candidate_of_;  ///< by spec: index of its candidate
  std::vector<ProfileUse> uses_;           ///< ordered by hour
  std::vector<std::size_t> used_;          ///< by use: index of its candidate
  std::int64_t coarse_seen_ms_ = 0;        ///< when a coarser profile's counter was first seen; 0: not yet
  std::size_t coarse_ = 0;                 ///< the candidate that was seen then
  bool is_auto_ = false;                   ///< there was more than one candidate
  bool is_written_ = true;                 ///< the file has all uses
};

/// The first bucket of the level that the relay still keeps a counter of at `now`, for any counter; nothing:
/// it keeps none by this level. All in epoch seconds.
[[nodiscard]] std::optional<std::int64_t> FirstKept(const std::vector<CounterSpec>& counters, Level level,
                                                    std::int64_t now, std::int64_t utc_offset_s);

}  // namespace keymeter::processor
