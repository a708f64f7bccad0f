#pragma once

#include <cstdint>
#include <memory>

#include "schema/clock.h"

namespace keymeter {

/// A clock that began at some moment and runs faster than ours: hours of metering in minutes, over the edges
/// of minutes, hours, days and months, with the real program and a real Redis.
///
/// Programs that begin it at the same moment agree, however often they start. Not for users. Threads: any.
class FastClock final : public Clock {
 public:
  struct Start {
    std::int64_t steady_ms;  ///< of std::chrono::steady_clock
    std::int64_t wall_ms;    ///< what it showed then
    std::int64_t speed;      ///< seconds a second
  };
  explicit FastClock(const Start& start) : start_(start) {}
  /// Begins now.
  static Start StartAt(std::int64_t wall_ms, std::int64_t speed);

  [[nodiscard]] std::int64_t WallMs() const override;
  [[nodiscard]] std::int64_t MonotonicMs() const override;

 private:
  const Start start_;
};

/// The system's; where KEYMETER_TEST_CLOCK=STEADY_MS:WALL_MS:SPEED is set, a FastClock.
[[nodiscard]] std::unique_ptr<const Clock> ProgramClock();

}  // namespace keymeter
