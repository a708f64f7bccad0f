#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "schema/clock.h"

namespace keymeter::testing {

/// A clock that began at some moment and runs faster than the system's: hours of metering in minutes, over
/// the edges of minutes, hours, days and months, with the real program and a real Redis.
///
/// Programs that get the same `Start` show the same time, however often they start; see test_hooks.h.
/// Threads: any.
class FastClock final : public keymeter::Clock {
 public:
  struct Start {
    std::int64_t steady_ms;       ///< of std::chrono::steady_clock
    std::int64_t wall_ms;         ///< what this clock showed then
    std::int64_t speed;           ///< its seconds in a second of the system's clock
    std::string shift_file = {};  ///< by how much the wall time was set since, in all clocks with this file
  };
  explicit FastClock(const Start& start);
  /// Begins now.
  static Start StartAt(std::int64_t wall_ms, std::int64_t speed);

  [[nodiscard]] std::int64_t WallMs() const override;
  [[nodiscard]] std::int64_t MonotonicMs() const override;
  /// Sets the wall time, as an administrator does. Only of a clock with a file.
  void SetByMs(std::int64_t ms) const { *shift_ms_ += ms; }

 private:
  const Start start_;
  const std::shared_ptr<std::atomic<std::int64_t>> shift_ms_;  ///< in the file; empty without one
};

/// What a clock showed from one setting of it to the next.
struct ClockRun {
  std::int64_t from_ms;
  std::int64_t to_ms;
};

}  // namespace keymeter::testing
