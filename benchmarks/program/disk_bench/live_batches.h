#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "processor/metering/write_batch.h"
#include "tests/support/relay/random.h"

namespace keymeter::disk_bench {

/// A relay, by what reaches the file.
struct Shape {
  std::string name;
  std::int64_t series = 0;
  double active = 0.1;        ///< of a series' minutes; which ones is drawn anew each minute
  std::int64_t moments = 3;   ///< seconds of an active minute in which the series grows
  std::int64_t minutes = 60;  ///< to simulate
  std::int64_t warm_up = 2;   ///< minutes before these, not counted
};

/// What the flushes of that relay write, one a second.
///
/// Threads: one. Bounds: memory by series.
class LiveBatches {
 public:
  LiveBatches(const Shape& shape, std::int64_t begin, std::uint64_t seed);

  /// Every series, once.
  [[nodiscard]] processor::WriteBatch First();
  /// What grew in the second that ends at `second` (epoch seconds), with its readings; seconds in ascending
  /// order.
  [[nodiscard]] processor::WriteBatch Second(std::int64_t second);
  /// Pairs of a minute and a series that grew in it, so far.
  [[nodiscard]] std::int64_t series_minutes() const { return series_minutes_; }

 private:
  void BeginMinute();
  [[nodiscard]] Amounts Draw();
  void AddState(processor::WriteBatch& batch, std::int64_t second) const;

  const Shape shape_;
  const std::int64_t begin_;
  processor::SeriesRegistry registry_;  ///< keeps the names
  relay_load::Random random_;
  std::vector<std::vector<processor::SeriesId>> of_second_;  ///< who grows, ascending; of the minute
  std::vector<Amounts> readings_;                            ///< by series, of the open hour
  std::vector<std::int64_t> drawn_for_;                      ///< scratch: seconds of one series
  std::int64_t minute_ = -1;
  std::int64_t hour_ = -1;
  std::int64_t series_minutes_ = 0;
};

}  // namespace keymeter::disk_bench
