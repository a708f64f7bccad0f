#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "processor/metering/minute_windows.h"
#include "processor/metering/series_registry.h"
#include "processor/metering/write_batch.h"

namespace keymeter::processor {

/// The meter's rows that the file lacks: new series, growth, adjustments, gaps and what they gave back.
///
/// Not for readings and coverage, which ChangedReadings and Coverage keep.
/// Threads: loop thread. Bounds: Drain moves, whatever the size; while SQLite refuses, growth is merged by
/// series (see MinuteWindows), the others are kept one by one.
class UnwrittenRows {
 public:
  void AddGrowth(const Placement& placement, SeriesId series, const Amounts& growth) {
    windows_.Add(placement, series, growth);
  }
  void AddAdjustment(const AdjustmentRow& row) { adjustments_.push_back(row); }
  void AddGap(GapRow row) { gaps_.push_back(std::move(row)); }
  /// Growth that happened in the gap which began at this moment. Ignored where it has no bucket but the
  /// total.
  void AddRecovery(std::int64_t gap_from_ms, Level level, const Amounts& growth);
  /// The file has the series 1 to `count`.
  void SetDurableSeries(std::size_t count) { durable_series_ = count; }

  /// Moves everything into the batch.
  void Drain(WriteBatch& batch, const SeriesRegistry& registry);
  /// Takes it back when SQLite refused it. `utc_offset_s`: where days begin.
  void Undrain(const WriteBatch& batch, std::int64_t utc_offset_s);

 private:
  MinuteWindows windows_;
  std::vector<AdjustmentRow> adjustments_;
  std::vector<GapRow> gaps_;
  std::vector<GapRecovery> recoveries_;  ///< the last one belongs to the gap before this session
  std::size_t durable_series_ = 0;
};

}  // namespace keymeter::processor
