#pragma once

#include <cstdint>
#include <vector>

#include "processor/metering/metering_plan.h"
#include "processor/metering/write_batch.h"
#include "processor/source/history_reader.h"
#include "schema/clock.h"

namespace keymeter::processor {

/// Imports days and months of which the relay no longer keeps the hours: before the first start, and after an
/// absence that was longer than the relay keeps hours. What is due survives a restart.
///
/// Closed days and months only: an open one is the sum of what we meter. Nothing is counted twice, however
/// often it is read (see StoredHistory). Threads: loop thread. Lifetime: borrows all that it is given;
/// outlives sessions. Bounds: those of HistoryReader.
/// Tested by tests/processor/storage/history_test.cc and tests/integration/absence_test.cc.
class HistoryImport {
 public:
  /// `due_from_ms`: see StoredState.
  HistoryImport(const Clock& clock, const MeteringPlan& plan, HistoryReader& reader, std::int64_t due_from_ms)
      : clock_(clock), plan_(plan), reader_(reader), due_from_ms_(due_from_ms) {}

  /// A baseline begins: it reads hours from `oldest_hour` (epoch seconds) on; rows reach to
  /// `covered_until_ms`.
  void OnAbsence(std::int64_t covered_until_ms, std::int64_t oldest_hour);
  /// The hours have been read: reads the days and months that are due, if any.
  void Start(std::int64_t utc_offset_s);
  void Reset();  ///< the session ended: what no flush has taken is read again in the next one

  [[nodiscard]] bool IsDue() const;
  [[nodiscard]] std::int64_t due_from_ms() const { return due_from_ms_; }
  void Drain(WriteBatch& batch);
  void Undrain(WriteBatch& batch);

 private:
  const Clock& clock_;
  const MeteringPlan& plan_;
  HistoryReader& reader_;
  std::int64_t due_from_ms_;
  std::int64_t begun_ms_ = 0;  ///< monotonic
  std::int64_t read_ = 0;      ///< days and months
  bool is_running_ = false;
  std::uint64_t run_ = 0;
  std::uint64_t drained_run_ = 0;  ///< of the batch under way
};

/// Which closed days, then which closed months hold time since `from` of which no hours (for months: no days)
/// are kept any more at `now`. All in epoch seconds.
[[nodiscard]] std::vector<HistoryReader::Span> HistorySpans(const std::vector<CounterSpec>& counters,
                                                            std::int64_t from, std::int64_t now,
                                                            std::int64_t utc_offset_s);

}  // namespace keymeter::processor
