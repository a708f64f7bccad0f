#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "processor/metering/write_batch.h"

namespace keymeter::processor {

/// How well each minute was watched: how long we were subscribed in it, how many events and readings there
/// were, and the longest delay from an event to its reading.
///
/// Threads: loop thread. Bounds: one row for each minute since the last flush that succeeded; adding an event
/// costs a comparison.
class Coverage {
 public:
  /// We were subscribed from the call before (or Resume) until now. When that is more than ten minutes,
  /// nothing is claimed: the machine was asleep, or its clock was set.
  void CoverUntil(std::int64_t now_ms);
  void Resume(std::int64_t now_ms) { covered_to_ms_ = now_ms; }
  /// Takes back what was claimed since `from_ms`: we were subscribed, but nothing was announced.
  void Revoke(std::int64_t from_ms);

  void AddEvents(std::int64_t now_ms, std::int64_t events = 1);
  void AddReading(std::int64_t now_ms, std::int64_t delay_ms);

  /// What to add to the file's rows of these minutes. Nothing stays.
  std::vector<CoverageRow> Drain();
  /// Takes back what SQLite refused.
  void Restore(const std::vector<CoverageRow>& rows);

 private:
  CoverageRow& At(std::int64_t ms);

  std::int64_t covered_to_ms_ = 0;
  std::map<std::int64_t, CoverageRow> minutes_;
  CoverageRow* newest_ = nullptr;  ///< in minutes_: nearly every event belongs to it; null: not known
};

}  // namespace keymeter::processor
