#pragma once

#include <array>

#include "processor/storage/batch_part.h"
#include "processor/storage/listed_buckets.h"
#include "processor/storage/taken_amounts.h"
#include "processor/storage/waiting_rows.h"

namespace keymeter::processor {

/// Adds growth to every level that it belongs to.
///
/// A minute that is rolled up already (its growth comes late) is added to hour, day and month at once, so
/// that the levels agree after every transaction. Growth of a minute that is no longer kept (see
/// RetentionWriter) goes into its hour, untimed; growth of such an hour into its day. Buckets that end before
/// `rolled_until` are closed: when one changes all the same, that is noted for readers (BucketChanges). What
/// the views need beside is kept here too (ListedBuckets, WaitingRows). What coarser evidence gave before
/// (TakenAmounts) is not counted once more when finer evidence shows it. Threads and lifetime: see BatchPart.
/// Tested by tests/processor/storage/window_writer_test.cc and retention_writer_test.cc.
class GrowthWriter final : public RowsPart<GrowthRows> {
 public:
  [[nodiscard]] Status Prepare(Database& database) override;
  /// One row whose bucket is kept. `evidence`: the level of the counter that shows it, the row's or a finer.
  [[nodiscard]] Status Add(const GrowthRow& row, Level evidence, const BatchContext& context);
  /// Likewise, taken from the relay's counter of that very bucket: finer evidence may replace it later.
  [[nodiscard]] Status AddTaken(const GrowthRow& row, const BatchContext& context);
  void ForgetWritten() override;

 private:
  [[nodiscard]] Status WriteRows(const GrowthRows& rows, BatchContext& context) override;
  [[nodiscard]] Status AddTo(Level level, const GrowthRow& row, const BatchContext& context);
  [[nodiscard]] Status AddUntimed(const GrowthRow& row);

  TakenAmounts taken_;
  ListedBuckets listed_;
  WaitingRows waiting_{listed_};
  std::array<Statement, 4> add_to_level_;  ///< by Level
  Statement add_untimed_;
};

}  // namespace keymeter::processor
