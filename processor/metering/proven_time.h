#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace keymeter::processor {

/// What one run hands to the next, so that many short ones prove time as a long one does. A plain value.
struct TimeProof {
  std::int64_t proven_ms = 0;   ///< a moment that has surely come; 0: not known
  std::int64_t claimed_ms = 0;  ///< a later one, which the clock has shown or passed ever since; 0: none
  std::int64_t stood_ms = 0;    ///< for how long so far, while a run watched

  bool operator==(const TimeProof&) const = default;
};

/// How far time has surely come, when a wall clock may jump.
///
/// A jump ahead makes everything look old; what is forgotten for it is lost when the clock jumps back. So two
/// times follow the wall clock back at once, but ahead only as fast as the monotonic clock. What a jump
/// claims beyond that is believed when the wall clock has not been before the claimed moment for kProofMs of
/// time awake: further jumps, suspends and restarts neither hasten nor delay it, and what they claim comes
/// next. What may be forgotten is judged by `proven`, which goes on from the run before (a start proves
/// nothing: the machine's clock may be wrong since it booted); what has closed or expired is judged by
/// `steady`, which believes the clock of the start, because an absence is read at once.
/// Not for naming buckets: those follow the wall clock.
/// Threads: any; a plain value. Bounds: a few numbers.
/// Tested by tests/processor/metering/proven_time_test.cc.
class ProvenTime {
 public:
  static constexpr std::int64_t kProofMs = std::int64_t{6} * 3'600'000;
  static constexpr std::int64_t kStepMs = 5000;  ///< a smaller one is no jump

  /// `before`: of the run before; all zero: there was none.
  void Begin(std::int64_t wall_ms, std::int64_t monotonic_ms, const TimeProof& before);
  /// To be called about once a second. Gives by how much the wall clock was set since; 0 when it was not.
  std::int64_t Follow(std::int64_t wall_ms, std::int64_t monotonic_ms);

  /// At this moment; never later than the wall clock.
  [[nodiscard]] std::int64_t ProvenMs(std::int64_t wall_ms, std::int64_t monotonic_ms) const {
    return std::min(wall_ms, proven_.believed_ms + monotonic_ms - monotonic_ms_);
  }
  [[nodiscard]] std::int64_t SteadyMs(std::int64_t wall_ms, std::int64_t monotonic_ms) const {
    return std::min(wall_ms, steady_.believed_ms + monotonic_ms - monotonic_ms_);
  }
  /// For the next run; as of the last call of Follow.
  [[nodiscard]] TimeProof Proof() const {
    return {proven_.believed_ms, proven_.claimed_ms, proven_.stood_ms};
  }

 private:
  static constexpr std::int64_t kNotBegun = std::numeric_limits<std::int64_t>::max() / 2;

  /// A time that is believed, and one that is claimed and may be believed later.
  struct Belief {
    std::int64_t believed_ms = kNotBegun;  ///< until Begin it is the wall clock
    std::int64_t claimed_ms = kNotBegun;   ///< not before believed_ms, not after the wall clock
    std::int64_t stood_ms = 0;

    void Follow(std::int64_t wall_ms, std::int64_t passed_ms);
  };

  std::int64_t wall_ms_ = 0;  ///< at the last call; so all of these
  std::int64_t monotonic_ms_ = 0;
  Belief proven_;
  Belief steady_;
};

}  // namespace keymeter::processor
