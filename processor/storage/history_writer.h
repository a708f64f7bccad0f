#pragma once

#include "processor/storage/adjustment_writer.h"
#include "processor/storage/batch_part.h"
#include "processor/storage/gap_writer.h"
#include "processor/storage/growth_writer.h"
#include "processor/storage/stored_history.h"

namespace keymeter::processor {

/// Adds what the relay's closed days and months hold beyond our rows of them: as growth of that day or
/// month; a fall as an adjustment.
///
/// Written behind the growth of the batch, because it adds what lies beyond that; days come before their
/// months.
/// Threads and lifetime: see BatchPart; borrows the writers.
class HistoryWriter final : public RowsPart<HistoryRows> {
 public:
  HistoryWriter(GrowthWriter& growth, AdjustmentWriter& adjustments, GapWriter& gaps)
      : growth_(growth), adjustments_(adjustments), gaps_(gaps) {}

  [[nodiscard]] Status Prepare(Database& database) override { return stored_.Prepare(database); }

 private:
  [[nodiscard]] Status WriteRows(const HistoryRows& rows, BatchContext& context) override;
  [[nodiscard]] Status WriteOne(const CoarseReading& reading, const BatchContext& context,
                                GapRecovery& recovery);

  GrowthWriter& growth_;
  AdjustmentWriter& adjustments_;
  GapWriter& gaps_;
  StoredHistory stored_;
};

}  // namespace keymeter::processor
