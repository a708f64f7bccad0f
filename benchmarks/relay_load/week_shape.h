#pragma once

#include <cstdint>

namespace keymeter::relay_load {

/// The part of an hour in which its requests come, milliseconds from its start.
struct BusyPart {
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 3'600'000;
};

/// A week of an office, for demos: quiet nights, days with two peaks, weekends at a third, one burst of ten
/// minutes, and three hours of a night in which the relay was down.
///
/// Pure. Threads: any.
class WeekShape {
 public:
  /// `mean`: requests in an hour, over the whole week. `offset_seconds`: the relay's, which says when it is
  /// day. Hours are counted back from the present one.
  WeekShape(std::int64_t mean, std::int64_t offset_seconds) : mean_(mean), offset_seconds_(offset_seconds) {}

  [[nodiscard]] std::int64_t Requests(std::int64_t hour_start, std::int64_t hours_ago) const;
  [[nodiscard]] static BusyPart BusyPartOf(std::int64_t hours_ago);

 private:
  std::int64_t mean_;
  std::int64_t offset_seconds_;
};

}  // namespace keymeter::relay_load
