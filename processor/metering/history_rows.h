#pragma once

#include <cstdint>
#include <vector>

#include "processor/metering/series_registry.h"
#include "schema/civil_time.h"
#include "schema/metrics.h"
#include "schema/profile.h"

/// Rows of days and months as the relay counts them. Plain values; a part of WriteBatch.
/// Tested by tests/processor/storage/history_writer_test.cc.
namespace keymeter::processor {

/// What the relay holds of one series in a closed day or month; or in an hour, of a counter without a model
/// that stands beside counters by model.
struct CoarseReading {
  Level level;
  std::int64_t bucket;  ///< epoch seconds
  EntityKind kind;
  SeriesId series;
  Amounts values;
  /// Which metrics the hash has a field for, a bit each (MetricBit). A field that it lacks says nothing.
  std::uint16_t carried = kAllMetrics;
  /// The counter has no model: it holds what all series of the entity hold.
  bool is_of_entity = false;
  /// Of an hour: the relay still has the counter of its day, which was read before.
  bool is_day_known = false;

  static constexpr std::uint16_t kAllMetrics = (1U << kMetricCount) - 1;
  [[nodiscard]] static constexpr std::uint16_t MetricBit(Metric metric) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(metric));
  }
  [[nodiscard]] bool Carries(std::size_t metric) const { return ((carried >> metric) & 1U) != 0; }
};

struct HistoryRows {
  std::vector<CoarseReading> history;  ///< of closed buckets, the finer evidence first
  /// The beginning of the gap that they belong to; 0: the first start. What ended before it was metered.
  std::int64_t history_gap_ms = 0;
};

/// What became of readings of days and months: plain values, made on the writer thread, for the loop thread.
struct HistoryFindings {
  std::int64_t recovered = 0;           ///< amounts taken, after the first start
  std::int64_t recovered_requests = 0;  ///< of API keys
  /// Readings that are neither taken nor a difference: by model where another counter's amounts stand
  /// already, or of an entity of which its models hold more.
  std::int64_t left_out = 0;
  /// Readings that may be older than our rows, and hold less: they say nothing, and are to be read anew.
  std::int64_t overtaken = 0;

  HistoryFindings& operator+=(const HistoryFindings& other) {
    recovered += other.recovered;
    recovered_requests += other.recovered_requests;
    left_out += other.left_out;
    overtaken += other.overtaken;
    return *this;
  }
};

}  // namespace keymeter::processor
