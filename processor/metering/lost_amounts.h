#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "processor/metering/series_registry.h"
#include "schema/metrics.h"

namespace keymeter::processor {

/// What our rows hold beyond the present readings of counters: the sum of each counter's adjustments.
///
/// Asked only when a value was put in the place of a counter: what was lost before may have come back.
/// Threads: loop thread. Bounds: an entry for each counter whose value fell; ForgetBefore drops old ones.
class LostAmounts {
 public:
  void Add(SeriesId series, std::int64_t hour, const Amounts& lost);
  [[nodiscard]] Amounts Of(SeriesId series, std::int64_t hour) const;
  /// Forgets the counters of earlier hours; those without an hour (kNoPeriod) stay.
  void ForgetBefore(std::int64_t hour);
  [[nodiscard]] std::size_t size() const { return lost_.size(); }  ///< for tests

 private:
  std::map<std::pair<std::int64_t, SeriesId>, Amounts> lost_;  ///< by hour, then series
};

}  // namespace keymeter::processor
