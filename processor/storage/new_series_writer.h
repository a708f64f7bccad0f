#pragma once

#include <array>

#include "processor/storage/batch_part.h"
#include "processor/storage/odd_names.h"

namespace keymeter::processor {

/// Writes new series, and a bare row for each of their entities that has none yet.
///
/// Written first: other rows name series by their number.
/// Threads and lifetime: see BatchPart.
/// Tested by tests/processor/storage/window_writer_test.cc and entity_writer_test.cc.
class NewSeriesWriter final : public RowsPart<NewSeriesRows> {
 public:
  [[nodiscard]] Status Prepare(Database& database) override;

 private:
  [[nodiscard]] Status WriteRows(const NewSeriesRows& rows, BatchContext& context) override;

  OddNameWriter names_;
  Statement add_series_;
  std::array<Statement, 2> add_entity_;  ///< by EntityKind
};

}  // namespace keymeter::processor
