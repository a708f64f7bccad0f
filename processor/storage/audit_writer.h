#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "processor/metering/audit_findings.h"
#include "processor/storage/adjustment_writer.h"
#include "processor/storage/batch_part.h"
#include "processor/storage/reading_writer.h"
#include "processor/storage/recovery_writer.h"
#include "processor/storage/stored_history.h"

namespace keymeter::processor {

/// Compares our rows with what the relay holds, takes what its closed days and months hold beyond them, and
/// writes what differs otherwise into `drift_found`.
///
/// An hour: our row = the last reading of its counter + what `adjustments` say that it lost. A day or month:
/// the same, but for what an adjustment of an hour may explain; when it holds more than that, the rest is
/// taken, untimed (RecoveryWriter); when it holds less, and was reset or rolled back, that is an adjustment
/// of the day or month. A day's sum: that of all its rows, where no gap lies in it. What was found before
/// about the same buckets is replaced; about days and months, whatever an audit of everything did not find
/// again. A day, month or sum that may be older than our rows is left to the next audit. Written behind
/// readings, growth and history of the batch. Threads and lifetime: see BatchPart;
/// borrows the writers.
class AuditWriter final : public BatchPart {
 public:
  AuditWriter(ReadingWriter& readings, RecoveryWriter& recoveries, AdjustmentWriter& adjustments)
      : readings_(readings), recoveries_(recoveries), adjustments_(adjustments) {}

  [[nodiscard]] Status Prepare(Database& database) override;
  [[nodiscard]] Status Write(const WriteBatch& batch, BatchContext& context) override;
  /// What the last batch's part of an audit found, its end included; nothing when the batch had none.
  [[nodiscard]] std::optional<AuditFindings> TakeFindings() { return std::exchange(findings_, std::nullopt); }

 private:
  [[nodiscard]] Result<AuditFindings> Compare(const AuditStep& step, const GrownBuckets& grown,
                                              BatchContext& context);
  [[nodiscard]] Status CompareHour(std::int64_t hour, AuditFindings& findings);
  [[nodiscard]] Status CompareCoarse(const CoarseReading& reading, const GrownBuckets& grown,
                                     BatchContext& context, AuditFindings& findings);
  [[nodiscard]] Status CompareSum(const DaySumReading& reading, AuditFindings& findings);
  [[nodiscard]] Status LeaveToNext(Level level, std::int64_t bucket, std::int64_t series,
                                   const BatchContext& context, AuditFindings& findings);
  [[nodiscard]] Status WriteDrift(const DriftRow& row, std::int64_t now_ms);
  [[nodiscard]] Status Finish(const AuditRow& row);

  ReadingWriter& readings_;
  RecoveryWriter& recoveries_;
  AdjustmentWriter& adjustments_;
  StoredHistory stored_;
  std::optional<AuditFindings> findings_;
  Statement forget_older_;
  Statement forget_hour_;
  Statement forget_coarse_;
  Statement keep_coarse_;
  Statement forget_gone_;
  Statement hour_;
  Statement day_is_ours_;
  Statement day_sum_;
  Statement put_drift_;
  Statement count_drift_;
  Statement put_audit_;
  Statement put_audited_until_;
};

}  // namespace keymeter::processor
