#pragma once

#include <atomic>
#include <cstdint>

namespace keymeter {

/// Where time comes from: the wall clock names buckets, the monotonic clock measures delays.
///
/// Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::int64_t WallMs() const = 0;       ///< epoch milliseconds
  [[nodiscard]] virtual std::int64_t MonotonicMs() const = 0;  ///< milliseconds since some fixed moment
};

/// The clocks of the system.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t WallMs() const override;
  [[nodiscard]] std::int64_t MonotonicMs() const override;
};

/// A clock that moves only when told to: for tests and replays.
///
/// Threads: any.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t wall_ms) : wall_ms_(wall_ms) {}
  [[nodiscard]] std::int64_t WallMs() const override { return wall_ms_; }
  [[nodiscard]] std::int64_t MonotonicMs() const override { return monotonic_ms_; }
  void AdvanceMs(std::int64_t ms) {
    wall_ms_ += ms;
    monotonic_ms_ += ms;
  }

 private:
  std::atomic<std::int64_t> wall_ms_;
  std::atomic<std::int64_t> monotonic_ms_{0};
};

}  // namespace keymeter
