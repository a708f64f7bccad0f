#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "processor/metering/write_batch.h"

namespace keymeter::processor {

/// How well each minute was watched: how long we were subscribed in it, how many events and readings there
/// were, and the longest delay from an event to its reading.
///
/// Threads: loop thread. Bounds: the minutes since the last Drain that succeeded.
class Coverage {
 public:
  /// We were subscribed from the moment of the call before (or of Resume) until now; not claimed when that
  /// was more than ten minutes ago: the machine slept, or its clock was set.
  void CoverUntil(std::int64_t now_ms);
  void Resume(std::int64_t now_ms) { covered_to_ms_ = now_ms; }
  /// We were subscribed, but nothing was announced: what was claimed since then is taken back.
  void Revoke(std::int64_t from_ms);

  void AddEvents(std::int64_t now_ms, std::int64_t events = 1);
  void AddReading(std::int64_t now_ms, std::int64_t delay_ms);

  /// Increments for the rows of these minutes.
  std::vector<CoverageRow> Drain();
  void Restore(const std::vector<CoverageRow>& rows);

 private:
  CoverageRow& At(std::int64_t ms);

  std::int64_t covered_to_ms_ = 0;
  std::map<std::int64_t, CoverageRow> minutes_;
  CoverageRow* newest_ = nullptr;  ///< of minutes_: where nearly every event goes
};

}  // namespace keymeter::processor
