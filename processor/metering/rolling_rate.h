#pragma once

#include <array>
#include <cstdint>

#include "schema/civil_time.h"

namespace keymeter::processor {

/// The amount of the trailing one to ten minutes: a sliding-window counter by minute, in which the oldest
/// minute is weighted by the part of it that is still inside the window. It is wrong by no more than the
/// unevenness within that one minute.
///
/// Threads: loop thread. Bounds: eleven numbers.
class RollingRate {
 public:
  void Add(std::int64_t now_ms, std::int64_t amount) {
    Slot& slot = slots_[SlotOf(now_ms)];
    if (slot.minute != now_ms / kMinuteMs) slot = {now_ms / kMinuteMs, 0};
    slot.amount += amount;
  }

  /// The amount of the trailing `minutes`, 1 to 10.
  [[nodiscard]] double Trailing(std::int64_t now_ms, int minutes) const {
    const std::int64_t newest = now_ms / kMinuteMs;
    const double inside = 1.0 - static_cast<double>(now_ms % kMinuteMs) / static_cast<double>(kMinuteMs);
    double sum = 0;
    for (const Slot& slot : slots_) {
      if (slot.minute > newest || slot.minute < newest - minutes) continue;
      sum += static_cast<double>(slot.amount) * (slot.minute == newest - minutes ? inside : 1.0);
    }
    return sum;
  }

 private:
  static constexpr std::int64_t kMinuteMs = kMinuteSeconds * 1000;
  struct Slot {
    std::int64_t minute = -1;
    std::int64_t amount = 0;
  };
  static std::size_t SlotOf(std::int64_t now_ms) { return static_cast<std::size_t>(now_ms / kMinuteMs % 11); }

  std::array<Slot, 11> slots_;
};

}  // namespace keymeter::processor
