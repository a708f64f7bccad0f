#pragma once

#include "processor/storage/batch_part.h"

namespace keymeter::processor {

/// Writes what counters of the relay lost.
///
/// Threads and lifetime: see BatchPart.
/// Tested by tests/processor/storage/window_writer_test.cc.
class AdjustmentWriter final : public RowsPart<AdjustmentRows> {
 public:
  [[nodiscard]] Status Prepare(Database& database) override;
  [[nodiscard]] Status Add(const AdjustmentRow& row);

 private:
  [[nodiscard]] Status WriteRows(const AdjustmentRows& rows, BatchContext& context) override;

  Statement add_;
};

}  // namespace keymeter::processor
