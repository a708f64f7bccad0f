#pragma once

#include <algorithm>
#include <cstdint>

#include "schema/civil_time.h"

namespace keymeter::processor {

/// The longest of something in this minute and the one before: long enough for whoever looks every 15 seconds
/// to see each of them, and gone a minute later.
///
/// Threads: loop thread.
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
