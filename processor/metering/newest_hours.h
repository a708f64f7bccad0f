#pragma once

#include <algorithm>
#include <cstdint>

#include "processor/metering/counter_table.h"
#include "schema/civil_time.h"

namespace keymeter::processor {

/// Which hours the relay's counters name: the latest that it has surely counted in, so that its clock has
/// reached it; and the latest of any counter. The second may be left from long ago, when the relay's clock
/// was ahead for a moment. All in epoch seconds.
///
/// Threads: any; a plain value. Bounds: two numbers.
/// Tested by tests/processor/metering/meter_absence_test.cc.
class NewestHours {
 public:
  /// What the file holds. Its rows reach to `covered_until_ms`.
  void Restore(const CounterTable& counters, std::int64_t covered_until_ms) {
    found_ = counters.NewestHour();
    counted_ = counters.NewestHour((covered_until_ms + kPresentMs) / 1000);
  }
  /// The relay counts in this hour: an event says so, or a counter that grew between two readings of a
  /// session.
  void Count(std::int64_t hour) { counted_ = std::max(counted_, hour); }
  /// There is a counter of this hour; who wrote it, and when, is not known.
  void Find(std::int64_t hour) { found_ = std::max(found_, hour); }
  /// And it is read: if our clock has come to it, the relay's has.
  void Read(std::int64_t hour, std::int64_t now_ms) {
    if (hour * 1000 <= now_ms + kPresentMs) Count(hour);
  }

  /// The latest that the relay has counted in; 0: none yet.
  [[nodiscard]] std::int64_t newest() const { return counted_; }
  /// The latest of any counter; 0: none yet.
  [[nodiscard]] std::int64_t farthest() const { return std::max(counted_, found_); }

 private:
  /// An hour that lies no further ahead is the present one of a relay whose clock is a little ahead of ours.
  static constexpr std::int64_t kPresentMs = kHourSeconds * 1000;

  std::int64_t counted_ = 0;
  std::int64_t found_ = 0;
};

}  // namespace keymeter::processor
