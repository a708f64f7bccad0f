#pragma once

#include <cstdint>
#include <set>
#include <string_view>

#include "processor/metering/meter.h"
#include "schema/civil_time.h"

namespace keymeter::processor {

/// The values of counters that are no whole numbers: the counters' other values are taken. All are counted,
/// the first of a series is logged; the next one once a counter of the series has been read well.
///
/// Not for what is too long to be read again and again: see LeftOut.
/// Threads: loop thread. Lifetime: borrows the meter; outlives sessions. Bounds: an entry for each series.
/// Tested by tests/processor/source/skipped_values_test.cc.
class SkippedValues {
 public:
  explicit SkippedValues(const Meter& meter) : meter_(meter) {}

  /// `when`: the counter's bucket of this level, for the log; likewise the field, and what it held.
  void Add(SeriesId series, Level level, std::string_view when, std::string_view field,
           std::string_view value);
  /// All values of a counter of this series were numbers.
  void OnReadWell(SeriesId series) {
    if (!logged_.empty()) logged_.erase(series);
  }
  [[nodiscard]] std::int64_t count() const { return count_; }

 private:
  const Meter& meter_;
  std::int64_t count_ = 0;
  std::set<SeriesId> logged_;
};

}  // namespace keymeter::processor
