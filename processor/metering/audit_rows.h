#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "processor/metering/history_rows.h"

/// Rows of audits. Plain values; a part of WriteBatch. What the comparison found comes back as AuditFindings.
/// Tested by tests/processor/storage/audit_writer_test.cc.
namespace keymeter::processor {

/// The relay's own sum over all entities of a kind in a closed day.
struct DaySumReading {
  std::int64_t day;  ///< epoch seconds
  EntityKind kind;
  std::vector<Metric> metrics;  ///< those that the relay gives a sum of
  Amounts values;
};

/// A part of an audit, as much as one flush should compare.
struct AuditStep {
  /// What was found about older hours can no longer be compared, and is forgotten. Epoch seconds.
  std::int64_t oldest_hour = 0;
  std::int64_t oldest_day = 0;      ///< likewise about days
  std::int64_t oldest_month = 0;    ///< likewise about months
  std::vector<std::int64_t> hours;  ///< whose rows are compared with the readings
  std::vector<CoarseReading> days;  ///< and months
  std::vector<DaySumReading> sums;
};

/// A value of ours that differs from the relay's by more than `adjustments` explain.
struct DriftRow {
  Level level;
  std::int64_t bucket;
  SeriesId series;  ///< kNone: the sum over all API keys
  Metric metric;
  std::int64_t relay;
  std::int64_t ours;
};

/// An audit that is complete.
struct AuditRow {
  std::int64_t begun_ms = 0;
  std::int64_t took_ms = 0;
  std::int64_t from_hour = 0;  ///< [from_hour, to_hour), epoch seconds
  std::int64_t to_hour = 0;
  std::int64_t hours = 0;  ///< counters of hours that were compared
  std::int64_t days = 0;   ///< likewise of days and months
  std::int64_t drift = 0;
  std::int64_t recovered = 0;  ///< amounts that the relay's days and months held beyond our rows
  bool is_whole = false;       ///< it covered all that the relay keeps, months included
};

struct AuditRows {
  std::optional<AuditStep> audit;
  std::optional<AuditRow> audited;
};

}  // namespace keymeter::processor
