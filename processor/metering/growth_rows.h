#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "processor/metering/growth.h"
#include "processor/metering/series_registry.h"
#include "schema/civil_time.h"
#include "schema/metrics.h"

/// Rows that metering itself gives. Plain values; each set is a part of WriteBatch.
/// Tested by tests/processor/storage/window_writer_test.cc.
namespace keymeter::processor {

/// Series that the file does not know yet. Their texts belong to the SeriesRegistry.
struct NewSeriesRows {
  std::vector<std::pair<SeriesId, Series>> new_series;
};

/// Growth of one series in one bucket. A level of kHour or above: its minute is not known ("untimed").
struct GrowthRow {
  Level level;
  std::int64_t bucket;  ///< epoch seconds, as everywhere in rows
  SeriesId series;
  Amounts growth;
};
struct GrowthRows {
  std::vector<GrowthRow> growth;
};

/// The last reading of one counter.
struct ReadingRow {
  std::int64_t hour;  ///< of the counter; kNoPeriod: a cumulative counter
  SeriesId series;
  std::int64_t read_ms;
  Amounts values;
};
struct ReadingRows {
  std::vector<ReadingRow> readings;
  /// Readings of hours before this one go, unless they were renewed since. 0: none.
  std::int64_t forget_readings_before = 0;
};

/// What the relay's value of a counter lost, when it fell.
struct AdjustmentRow {
  std::int64_t at_ms;
  FallReason reason;
  std::int64_t bucket;  ///< of `level`; kNoPeriod: a cumulative counter
  SeriesId series;
  Amounts lost;
  Level level = Level::kHour;  ///< a day or a month when that was read in place of its hours
};
struct AdjustmentRows {
  std::vector<AdjustmentRow> adjustments;
};

}  // namespace keymeter::processor
