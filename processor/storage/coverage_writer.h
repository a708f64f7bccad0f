#pragma once

#include "processor/storage/batch_part.h"

namespace keymeter::processor {

/// Adds to how well each minute was watched; a minute is never covered for more than its 60 seconds.
///
/// Threads and lifetime: see BatchPart.
/// Tested by tests/processor/storage/window_writer_test.cc.
class CoverageWriter final : public RowsPart<CoverageRows> {
 public:
  [[nodiscard]] Status Prepare(Database& database) override;

 private:
  [[nodiscard]] Status WriteRows(const CoverageRows& rows, BatchContext& context) override;

  Statement add_;
};

}  // namespace keymeter::processor
