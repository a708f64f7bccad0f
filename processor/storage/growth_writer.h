#pragma once

#include <array>

#include "processor/storage/batch_part.h"

namespace keymeter::processor {

/// Adds growth to every level that it belongs to.
///
/// A minute that is rolled up already (its growth comes late) is added to hour, day and month at once, so
/// that the levels agree after every transaction. Growth of a minute that is no longer kept (see
/// RetentionWriter) goes into its hour, untimed; growth of such an hour into its day. Buckets that end before
/// `rolled_until` are closed: when one changes all the same, that is noted for readers (BucketChanges).
/// Threads and lifetime: see BatchPart.
/// Tested by tests/processor/storage/window_writer_test.cc and retention_writer_test.cc.
class GrowthWriter final : public RowsPart<GrowthRows> {
 public:
  [[nodiscard]] Status Prepare(Database& database) override;
  /// One row whose bucket is kept.
  [[nodiscard]] Status Add(const GrowthRow& row, const BatchContext& context);

 private:
  [[nodiscard]] Status WriteRows(const GrowthRows& rows, BatchContext& context) override;
  [[nodiscard]] Status AddTo(Level level, const GrowthRow& row, const BatchContext& context);

  std::array<Statement, 4> add_to_level_;  ///< by Level
  Statement add_untimed_;
};

}  // namespace keymeter::processor
