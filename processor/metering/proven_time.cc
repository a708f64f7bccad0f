#include "processor/metering/proven_time.h"

#include <cstdlib>
#include <utility>

namespace keymeter::processor {

void ProvenTime::Begin(std::int64_t wall_ms, std::int64_t monotonic_ms, const TimeProof& before) {
  wall_ms_ = wall_ms;
  monotonic_ms_ = monotonic_ms;
  steady_ = {wall_ms, wall_ms, 0};
  proven_ = steady_;
  if (before.proven_ms > 0) proven_ = {before.proven_ms, before.claimed_ms, before.stood_ms};
  proven_.Follow(wall_ms, 0);
}

std::int64_t ProvenTime::Follow(std::int64_t wall_ms, std::int64_t monotonic_ms) {
  const std::int64_t passed_ms = monotonic_ms - std::exchange(monotonic_ms_, monotonic_ms);
  const std::int64_t step_ms = wall_ms - std::exchange(wall_ms_, wall_ms) - passed_ms;
  proven_.Follow(wall_ms, passed_ms);
  steady_.Follow(wall_ms, passed_ms);
  return std::abs(step_ms) > kStepMs ? step_ms : 0;
}

/// A claim that goes back with the clock has stood for as long: the clock was never before it.
void ProvenTime::Belief::Follow(std::int64_t wall_ms, std::int64_t passed_ms) {
  believed_ms = std::min(wall_ms, believed_ms + passed_ms);
  claimed_ms = std::min(wall_ms, claimed_ms + passed_ms);
  stood_ms += passed_ms;
  if (stood_ms >= kProofMs) believed_ms = std::max(believed_ms, claimed_ms);
  // Nothing is left to be proved but what the clock shows now.
  if (claimed_ms - believed_ms <= kStepMs) *this = {believed_ms, wall_ms, 0};
}

}  // namespace keymeter::processor
