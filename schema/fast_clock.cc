#include "schema/fast_clock.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace keymeter {

namespace {

std::int64_t SteadyMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

FastClock::Start FastClock::StartAt(std::int64_t wall_ms, std::int64_t speed) {
  return {SteadyMicros() / 1000, wall_ms, speed};
}

std::int64_t FastClock::WallMs() const {
  return start_.wall_ms + MonotonicMs();
}

std::int64_t FastClock::MonotonicMs() const {
  return (SteadyMicros() - start_.steady_ms * 1000) * start_.speed / 1000;
}

std::unique_ptr<const Clock> ProgramClock() {
  const char* const text = std::getenv("KEYMETER_TEST_CLOCK");  // NOLINT(concurrency-mt-unsafe)
  long long steady_ms = 0;
  long long wall_ms = 0;
  long long speed = 0;
  if (text == nullptr || std::sscanf(text, "%lld:%lld:%lld", &steady_ms, &wall_ms, &speed) != 3)
    return std::make_unique<SystemClock>();
  return std::make_unique<FastClock>(FastClock::Start{steady_ms, wall_ms, speed});
}

}  // namespace keymeter
