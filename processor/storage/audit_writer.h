#pragma once

#include <cstdint>

#include "processor/metering/audit_findings.h"
#include "processor/metering/write_batch.h"
#include "processor/storage/stored_history.h"
#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Compares our rows with what the relay keeps, and writes what differs into `drift_found`. It reports, and
/// moves nothing.
///
/// An hour: our row = the last reading of its counter + what `adjustments` say that it lost. A day: the same,
/// but for what an adjustment of an hour may explain. A day's sum: that of all its rows, where nobody was
/// away. Threads: the writer thread. Lifetime: not beyond the database that it was prepared for.
class AuditWriter {
 public:
  [[nodiscard]] Status Prepare(Database& database);
  /// Replaces what was found before about the same buckets. Buckets that are not rolled up yet are left
  /// alone.
  [[nodiscard]] Result<AuditFindings> Compare(const AuditStep& step, StoredHistory& history,
                                              std::int64_t utc_offset_s, std::int64_t rolled_until,
                                              std::int64_t now_ms);
  [[nodiscard]] Status Finish(const AuditRow& row);

 private:
  Status ForgetOlder(const AuditStep& step);
  Status CompareHour(std::int64_t hour, AuditFindings& findings);
  Status CompareDay(const CoarseReading& reading, StoredHistory& history, std::int64_t utc_offset_s,
                    std::int64_t rolled_until, AuditFindings& findings);
  Status CompareSum(const DaySumReading& reading, AuditFindings& findings);
  Status WriteDrift(const DriftRow& row, std::int64_t now_ms);

  Statement forget_older_;
  Statement forget_hour_;
  Statement forget_day_;
  Statement hour_;
  Statement day_is_ours_;
  Statement day_sum_;
  Statement put_drift_;
  Statement count_drift_;
  Statement put_audit_;
  Statement put_audited_until_;
};

}  // namespace keymeter::processor
