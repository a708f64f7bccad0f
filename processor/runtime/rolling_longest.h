#pragma once

#include <algorithm>
#include <cstdint>

#include "schema/civil_time.h"

namespace keymeter::processor {

/// The largest value of this minute and the one before. So a scrape every 15 seconds (up to once a minute)
/// sees each of them, and an old one disappears.
///
/// Threads: one. Bounds: three numbers.
class RollingLongest {
 public:
  void Add(std::int64_t now_ms, std::int64_t value) {
    const std::int64_t minute = now_ms / 1000 / kMinuteSeconds;
    if (minute != minute_) {
      before_ = minute == minute_ + 1 ? current_ : 0;
      current_ = 0;
      minute_ = minute;
    }
    current_ = std::max(current_, value);
  }
  [[nodiscard]] std::int64_t longest() const { return std::max(before_, current_); }

 private:
  std::int64_t minute_ = 0;
  std::int64_t current_ = 0;
  std::int64_t before_ = 0;
};

}  // namespace keymeter::processor
