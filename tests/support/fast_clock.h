#pragma once

#include <cstdint>

#include "schema/clock.h"

namespace keymeter::testing {

/// A clock that began at some moment and runs faster than the system's: hours of metering in minutes, over
/// the edges of minutes, hours, days and months, with the real program and a real Redis.
///
/// Programs that get the same `Start` show the same time, however often they start; see test_hooks.h.
/// Threads: any; constant after construction.
class FastClock final : public keymeter::Clock {
 public:
  struct Start {
    std::int64_t steady_ms;  ///< of std::chrono::steady_clock
    std::int64_t wall_ms;    ///< what this clock showed then
    std::int64_t speed;      ///< its seconds in a second of the system's clock
  };
  explicit FastClock(const Start& start) : start_(start) {}
  /// Begins now.
  static Start StartAt(std::int64_t wall_ms, std::int64_t speed);

  [[nodiscard]] std::int64_t WallMs() const override;
  [[nodiscard]] std::int64_t MonotonicMs() const override;

 private:
  const Start start_;
};

}  // namespace keymeter::testing
