#include "processor/metering/changed_readings.h"

#include <utility>

namespace keymeter::processor {

bool ChangedReadings::Holds(const Counter& counter) const {
  if (counter.changed_row >= rows_.size()) return false;
  const ReadingRow& row = rows_[counter.changed_row];
  return row.series == counter.series && row.hour == counter.hour;
}

void ChangedReadings::Put(Counter& counter) {
  const ReadingRow row{counter.hour, counter.series, counter.read_ms, counter.reading};
  if (Holds(counter)) {
    rows_[counter.changed_row] = row;
  } else {
    PutBack(counter, row);
  }
}

void ChangedReadings::PutBack(Counter& counter, const ReadingRow& row) {
  if (Holds(counter)) return;
  counter.changed_row = static_cast<std::uint32_t>(rows_.size());
  rows_.push_back(row);
}

std::vector<ReadingRow> ChangedReadings::Drain() {
  // As much room as the last rows took: growing step by step would copy them, and hold up the loop.
  std::vector<ReadingRow> next;
  next.reserve(rows_.size());
  return std::exchange(rows_, std::move(next));
}

}  // namespace keymeter::processor
