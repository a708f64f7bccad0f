#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace keymeter::processor {

/// How far time has surely come, when a wall clock may jump.
///
/// A jump ahead makes everything look old; what is forgotten for it is lost when the clock jumps back. So two
/// times follow the wall clock back at once, but ahead only as fast as the monotonic clock, until the wall
/// clock has been steady for kProofMs. What may be forgotten is judged by `proven`, which goes on from the
/// run before (a start proves nothing: the machine's clock may be wrong since it booted); what has closed or
/// expired is judged by `steady`, which believes the clock of the start, because an absence is read at once.
/// Not for naming buckets: those follow the wall clock.
/// Threads: any; a plain value. Bounds: a few numbers.
/// Tested by tests/processor/metering/proven_time_test.cc.
class ProvenTime {
 public:
  static constexpr std::int64_t kProofMs = std::int64_t{6} * 3'600'000;
  static constexpr std::int64_t kStepMs = 5000;  ///< a smaller one is no jump

  /// `proven_ms`: of the run before; 0: there was none.
  void Begin(std::int64_t wall_ms, std::int64_t monotonic_ms, std::int64_t proven_ms);
  /// To be called about once a second.
  void Follow(std::int64_t wall_ms, std::int64_t monotonic_ms);

  /// At this moment; never later than the wall clock.
  [[nodiscard]] std::int64_t ProvenMs(std::int64_t wall_ms, std::int64_t monotonic_ms) const {
    return std::min(wall_ms, proven_ms_ + monotonic_ms - monotonic_ms_);
  }
  [[nodiscard]] std::int64_t SteadyMs(std::int64_t wall_ms, std::int64_t monotonic_ms) const {
    return std::min(wall_ms, steady_ms_ + monotonic_ms - monotonic_ms_);
  }

 private:
  static constexpr std::int64_t kNotBegun = std::numeric_limits<std::int64_t>::max() / 2;

  std::int64_t wall_ms_ = 0;  ///< at the last call; so the next three
  std::int64_t monotonic_ms_ = 0;
  std::int64_t proven_ms_ = kNotBegun;  ///< until Begin, both are the wall clock
  std::int64_t steady_ms_ = kNotBegun;
  std::int64_t steady_since_ms_ = 0;  ///< monotonic
};

}  // namespace keymeter::processor
