#pragma once

#include <cstddef>
#include <cstdint>

#include "processor/redis/load_pacer.h"
#include "processor/runtime/metrics_snapshot.h"
#include "processor/source/counter_reader.h"
#include "processor/source/import_state.h"

namespace keymeter::processor {

/// Tells how an import, or the return from an absence, goes on: a line in the log when all is found, every
/// ten seconds and at its end, figures for the metrics page, and a bar where the log goes to a terminal.
///
/// Threads: loop thread. Lifetime: borrows all that it is given.
class ImportProgress {
 public:
  ImportProgress(const CounterReader& reader, const LoadPacer& pacer, MetricsSnapshot& metrics)
      : reader_(reader), pacer_(pacer), metrics_(metrics) {}

  void Begin(std::int64_t hours);
  void Listed();  ///< all that is to be read is in the reader's backlog, or was
  void OnSecond();
  void Finish(std::size_t series, std::size_t counters);  ///< all is read, and so many are known
  void Stop();                                            ///< it was cut short, or is over

 private:
  void Count();

  const CounterReader& reader_;
  const LoadPacer& pacer_;
  MetricsSnapshot& metrics_;
  bool is_under_way_ = false;
  ImportState state_;
  std::int64_t hours_ = 0;
  std::int64_t begin_us_ = 0;
  std::int64_t last_line_ms_ = 0;
  std::int64_t added_before_ = 0;  ///< to the backlog
  std::int64_t busy_before_us_ = 0;
};

}  // namespace keymeter::processor
