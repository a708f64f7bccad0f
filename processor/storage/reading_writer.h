#pragma once

#include <cstdint>
#include <vector>

#include "processor/metering/write_batch.h"
#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Writes readings of counters: a flush's into `reading_recent`, side by side, and from there, once a minute,
/// into `reading`. A flush that renewed rows of `reading` itself would write a page of 4 KiB for nearly each.
///
/// Within the caller's transaction. Threads: that of its Database. Lifetime: its Database outlives it.
/// Bounds: kMostRecent rows wait; a flush with more than there is room for goes into `reading` at once.
class ReadingWriter {
 public:
  static constexpr std::int64_t kMostRecent = 16'384;

  [[nodiscard]] Status Prepare(Database& database);

  [[nodiscard]] Status Put(const std::vector<ReadingRow>& readings);
  /// `reading` is whole afterwards.
  [[nodiscard]] Status Settle();
  /// Of hours before `hour` (epoch seconds), unless they were read since.
  [[nodiscard]] Status Forget(std::int64_t hour);

 private:
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
