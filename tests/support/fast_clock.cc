#include "tests/support/fast_clock.h"

#include <chrono>

namespace keymeter::testing {

namespace {

std::int64_t SteadyMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

FastClock::Start FastClock::StartAt(std::int64_t wall_ms, std::int64_t speed) {
  return {.steady_ms = SteadyMicros() / 1000, .wall_ms = wall_ms, .speed = speed};
}

std::int64_t FastClock::WallMs() const {
  return start_.wall_ms + MonotonicMs();
}

std::int64_t FastClock::MonotonicMs() const {
  return (SteadyMicros() - start_.steady_ms * 1000) * start_.speed / 1000;
}

}  // namespace keymeter::testing
