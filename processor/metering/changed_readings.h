#pragma once

#include <cstddef>
#include <vector>

#include "processor/metering/counter.h"
#include "processor/metering/write_batch.h"

namespace keymeter::processor {

/// The last reading of every counter whose reading is not durable yet, as the rows to be written: so a drain
/// is a move, however many they are.
///
/// A counter knows its row, and the row says whose it is: after a drain no counter has one, though none was
/// touched.
/// Threads: loop thread. Bounds: O(1) Put; a row a counter.
class ChangedReadings {
 public:
  /// Its reading as it is now, in place of one that waits already.
  void Put(Counter& counter);
  /// One that SQLite refused, unless a newer one waits.
  void PutBack(Counter& counter, const ReadingRow& row);
  [[nodiscard]] bool Holds(const Counter& counter) const;
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  /// In the order in which they changed.
  std::vector<ReadingRow> Drain();

 private:
  std::vector<ReadingRow> rows_;
};

}  // namespace keymeter::processor
