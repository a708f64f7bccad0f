#pragma once

#include <cstdint>
#include <vector>

#include "processor/metering/series_registry.h"
#include "schema/civil_time.h"
#include "schema/metrics.h"
#include "schema/profile.h"

/// Rows of days and months that the relay still holds though their hours are gone. Plain values; a part of
/// WriteBatch.
/// Tested by tests/processor/storage/history_writer_test.cc.
namespace keymeter::processor {

/// What the relay holds of one series in a closed day or month.
struct CoarseReading {
  Level level;
  std::int64_t bucket;  ///< epoch seconds
  EntityKind kind;
  SeriesId series;
  Amounts values;
};

struct HistoryRows {
  std::vector<CoarseReading> history;  ///< days, then months, whose hours were not read
  std::int64_t history_gap_ms = 0;     ///< the beginning of the gap that they belong to
};

}  // namespace keymeter::processor
