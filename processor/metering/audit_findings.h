#pragma once

#include <cstdint>
#include <vector>

#include "processor/metering/audit_rows.h"

namespace keymeter::processor {

/// What one part of an audit found (AuditStep): plain values, made on the writer thread, for the loop thread.
/// Tested by tests/processor/storage/audit_writer_test.cc.
struct AuditFindings {
  std::int64_t hours = 0;  ///< counters of hours that were compared
  std::int64_t days = 0;   ///< likewise of days
  std::vector<DriftRow> drift;
  HistoryFindings history;     ///< what was taken from days and months
  std::int64_t all_drift = 0;  ///< differences that the file holds now, those of earlier parts included
};

}  // namespace keymeter::processor
