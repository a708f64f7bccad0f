#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include "processor/metering/meter.h"
#include "schema/civil_time.h"

namespace keymeter::processor {

/// The values of counters that are no whole numbers: the counters' other values are taken. All are counted,
/// the first of a series is logged; the next one once the bucket that was seen last has been read well. Other
/// buckets of the series say nothing: a bad one beside good ones would be logged at each look. So a bucket
/// that nobody puts right keeps later ones of its series out of the log for as long as the relay keeps it;
/// all are counted.
///
/// Not for what is too long to be read again and again: see LeftOut.
/// Threads: loop thread. Lifetime: borrows the meter; outlives sessions. Bounds: an entry for each series.
/// Tested by tests/processor/source/skipped_values_test.cc.
class SkippedValues {
 public:
  explicit SkippedValues(const Meter& meter) : meter_(meter) {}

  /// `bucket`: of the counter, epoch seconds, or kNoPeriod. `field` and `value`: for the log.
  void Add(SeriesId series, Level level, std::int64_t bucket, std::string_view field, std::string_view value);
  /// All values of this counter were numbers, or it is gone.
  void OnReadWell(SeriesId series, Level level, std::int64_t bucket) {
    if (bad_.empty()) return;
    const auto found = bad_.find(series);
    if (found != bad_.end() && found->second == Bucket{level, bucket}) bad_.erase(found);
  }
  [[nodiscard]] std::int64_t count() const { return count_; }

 private:
  using Bucket = std::pair<Level, std::int64_t>;

  const Meter& meter_;
  std::int64_t count_ = 0;
  std::map<SeriesId, Bucket> bad_;  ///< the bucket that was bad last
};

}  // namespace keymeter::processor
