#include "processor/metering/proven_time.h"

#include <cstdlib>

namespace keymeter::processor {

void ProvenTime::Begin(std::int64_t wall_ms, std::int64_t monotonic_ms, std::int64_t proven_ms) {
  wall_ms_ = steady_ms_ = wall_ms;
  monotonic_ms_ = steady_since_ms_ = monotonic_ms;
  proven_ms_ = proven_ms > 0 ? std::min(proven_ms, wall_ms) : wall_ms;
}

void ProvenTime::Follow(std::int64_t wall_ms, std::int64_t monotonic_ms) {
  const std::int64_t step_ms = (wall_ms - wall_ms_) - (monotonic_ms - monotonic_ms_);
  proven_ms_ = ProvenMs(wall_ms, monotonic_ms);
  steady_ms_ = SteadyMs(wall_ms, monotonic_ms);
  wall_ms_ = wall_ms;
  monotonic_ms_ = monotonic_ms;
  if (std::abs(step_ms) > kStepMs) steady_since_ms_ = monotonic_ms;
  if (monotonic_ms - steady_since_ms_ >= kProofMs) proven_ms_ = steady_ms_ = wall_ms;
}

}  // namespace keymeter::processor
