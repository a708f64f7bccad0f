#pragma once

#include <cstddef>
#include <cstdint>

#include "processor/redis/load_pacer.h"
#include "processor/source/counter_reader.h"
#include "processor/source/import_state.h"
#include "processor/source/source_figures.h"

namespace keymeter::processor {

/// Reports how an import, or the return from an absence, goes on: a line in the log when all counters are
/// found, every ten seconds and at its end; a bar where the log goes to a terminal, which disappears when
/// this ends; and figures for the metrics page.
///
/// Tested by tests/integration/import_test.cc; its text: tests/processor/source/import_state_test.cc.
/// Threads: loop thread. Lifetime: one session; borrows all that it is given. Bounds: O(1) a second.
/// Tested by tests/integration/import_test.cc.
class ImportProgress {
 public:
  ImportProgress(const CounterReader& reader, const LoadPacer& pacer, SourceCounts& counts)
      : reader_(reader), pacer_(pacer), counts_(counts) {}
  ~ImportProgress() { Stop(); }
  ImportProgress(const ImportProgress&) = delete;
  ImportProgress& operator=(const ImportProgress&) = delete;

  void Begin(std::int64_t hours);
  void Listed();  ///< all that is to be read is in the reader's backlog, or was
  void OnSecond();
  void Finish(std::size_t series, std::size_t counters);  ///< all is read, and so many are known

 private:
  void Stop();
  void Count();

  const CounterReader& reader_;
  const LoadPacer& pacer_;
  SourceCounts& counts_;
  bool is_under_way_ = false;
  ImportState state_;
  std::int64_t hours_ = 0;
  std::int64_t begin_us_ = 0;
  std::int64_t last_line_ms_ = 0;
  std::int64_t added_before_ = 0;  ///< to the backlog
  std::int64_t busy_before_us_ = 0;
};

}  // namespace keymeter::processor
