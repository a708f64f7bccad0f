#pragma once

#include "processor/storage/batch_part.h"

namespace keymeter::processor {

/// Writes when nobody watched, and what was recovered of it afterwards. An absence that a restart cut in two
/// is one gap.
///
/// Threads and lifetime: see BatchPart.
/// Tested by tests/processor/storage/window_writer_test.cc.
class GapWriter final : public RowsPart<GapRows> {
 public:
  [[nodiscard]] Status Prepare(Database& database) override;
  [[nodiscard]] Status Add(const GapRecovery& recovery);

 private:
  [[nodiscard]] Status WriteRows(const GapRows& rows, BatchContext& context) override;
  [[nodiscard]] Status Add(const GapRow& row);

  Statement grow_;
  Statement add_;
  Statement add_recovery_;
};

}  // namespace keymeter::processor
