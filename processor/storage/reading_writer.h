#pragma once

#include <cstdint>
#include <vector>

#include "processor/storage/batch_part.h"

namespace keymeter::processor {

/// Writes readings of counters: first into `reading_recent`, where the rows of a flush are neighbours, and
/// once a minute from there into `reading`. A flush that renewed rows of `reading` itself would write a page
/// of 4 KiB for nearly each row.
///
/// Threads and lifetime: see BatchPart.
/// Bounds: kMostRecent rows wait in `reading_recent`; a flush with more than there is room for goes into
/// `reading` at once.
class ReadingWriter final : public RowsPart<ReadingRows> {
 public:
  static constexpr std::int64_t kMostRecent = 16'384;

  [[nodiscard]] Status Prepare(Database& database) override;

  // For others inside the same transaction.
  [[nodiscard]] Status Put(const std::vector<ReadingRow>& readings);
  /// Readings of hours before `hour` (epoch seconds) go, unless they were renewed since.
  [[nodiscard]] Status Forget(std::int64_t hour);
  /// Moves all that waits into `reading`.
  [[nodiscard]] Status Settle();

 private:
  [[nodiscard]] Status WriteRows(const ReadingRows& rows, BatchContext& context) override;
  Result<std::int64_t> CountRecent();
  static Status PutInto(Statement& table, const std::vector<ReadingRow>& readings);

  Statement count_recent_;
  Statement put_recent_;
  Statement put_;
  Statement settle_;
  Statement empty_recent_;
  Statement forget_;
};

}  // namespace keymeter::processor
