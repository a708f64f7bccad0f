#pragma once

#include <optional>
#include <utility>

#include "processor/storage/adjustment_writer.h"
#include "processor/storage/batch_part.h"
#include "processor/storage/gap_writer.h"
#include "processor/storage/recovery_writer.h"
#include "processor/storage/stored_history.h"

namespace keymeter::processor {

/// Adds what the relay's closed days and months hold beyond our rows of them: as growth of that day or
/// month; a fall as an adjustment.
///
/// Written behind the growth of the batch, because it adds what lies beyond that; days come before their
/// months. In buckets that ended before the gap all was metered: there only what no adjustment may explain is
/// taken, and what is missing is left to audits. What holds less, and may be older than our rows (as while an
/// import writes into closed days, or behind a refused flush), is not judged: its history stays due.
/// Threads and lifetime: see BatchPart; borrows the writers.
class HistoryWriter final : public BatchPart {
 public:
  HistoryWriter(RecoveryWriter& recoveries, AdjustmentWriter& adjustments, GapWriter& gaps)
      : recoveries_(recoveries), adjustments_(adjustments), gaps_(gaps) {}

  [[nodiscard]] Status Prepare(Database& database) override { return stored_.Prepare(database); }
  [[nodiscard]] Status Write(const WriteBatch& batch, BatchContext& context) override;
  /// What the last batch's history came to; nothing when the batch had none.
  [[nodiscard]] std::optional<HistoryFindings> TakeFindings() {
    return std::exchange(findings_, std::nullopt);
  }

 private:
  [[nodiscard]] Status WriteOne(const CoarseReading& reading, const GrownBuckets& grown,
                                BatchContext& context, GapRecovery& recovery, HistoryFindings& findings);

  RecoveryWriter& recoveries_;
  AdjustmentWriter& adjustments_;
  GapWriter& gaps_;
  StoredHistory stored_;
  std::optional<HistoryFindings> findings_;
};

}  // namespace keymeter::processor
