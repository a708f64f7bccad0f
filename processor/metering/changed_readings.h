#pragma once

#include <cstddef>
#include <vector>

#include "processor/metering/counter.h"
#include "processor/metering/write_batch.h"

namespace keymeter::processor {

/// The readings that the file lacks: the last one of each counter, kept as the rows to write, so that a drain
/// is a move, whatever their number.
///
/// Each counter stores the index of its row, and the row stores whose it is. An index whose row is missing,
/// or another counter's, means that there is none: so a drain need not reset the counters.
/// Threads: loop thread. Bounds: Put is O(1); one row a counter.
class ChangedReadings {
 public:
  /// Stores the counter's present reading, in place of an earlier one.
  void Put(Counter& counter);
  /// Takes back a row that SQLite refused, unless the counter has a newer one.
  void PutBack(Counter& counter, const ReadingRow& row);
  [[nodiscard]] bool Holds(const Counter& counter) const;
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  /// In the order in which the counters first changed.
  std::vector<ReadingRow> Drain();

 private:
  std::vector<ReadingRow> rows_;
};

}  // namespace keymeter::processor
