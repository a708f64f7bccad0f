#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

#include "processor/growth.h"
#include "processor/series_registry.h"
#include "schema/metrics.h"

namespace keymeter::processor {

/// One metered counter hash: a series in one hour (or since it began), as far as we have read it.
struct Counter {
  SeriesId series = 0;
  std::uint32_t session = 0;        ///< of its last reading; 0: never read since the start of the process
  std::int64_t hour = 0;            ///< epoch seconds of the hour that its key names, or kNoPeriod
  std::int64_t read_ms = 0;         ///< when its last reading was asked for; 0: it was never read
  std::int64_t first_event_ms = 0;  ///< arrival of the first event since then; 0: none
  Amounts reading;                  ///< the last one; zero when there is none
  bool is_dirty = false;            ///< waits in the list of dirty counters
  bool is_being_read = false;
  bool deletion_seen = false;    ///< since its last reading
  bool is_void = false;          ///< deleted while being read: that reading says nothing
  bool missed_baseline = false;  ///< was there when the session began, but could not be read then
  bool is_changed = false;       ///< its reading is not durable yet
  bool in_use = false;
};

using CounterIndex = std::uint32_t;

/// All counters of the hours that the relay still keeps, and the list of those to read next.
///
/// Threads: loop thread. Bounds: O(1) to find and mark; about 200 bytes a counter, those of hours that the
/// relay no longer keeps are forgotten by ForgetBefore.
class CounterTable {
 public:
  /// The counter, made when it is new. An index stays valid until its hour is forgotten.
  CounterIndex Intern(SeriesId series, std::int64_t hour);
  [[nodiscard]] const Counter* Find(SeriesId series, std::int64_t hour) const;
  Counter& operator[](CounterIndex index) { return counters_[index]; }

  /// Puts it on the list unless it stands there already.
  void MarkDirty(CounterIndex index);
  /// The dirty counters in the order of their marking, at most `most`; they leave the list.
  std::vector<CounterIndex> TakeDirty(std::size_t most);
  [[nodiscard]] std::size_t dirty_count() const { return dirty_.size(); }

  /// A session ended: what was being read is dirty again. When it grew is not known any more; that it was
  /// deleted, and that it must be read, stays true.
  void EndSession();
  [[nodiscard]] std::int64_t NewestHour() const;  ///< 0: no counter
  /// Those of earlier hours that have not changed since either: the relay does not keep them any more.
  void ForgetBefore(std::int64_t hour);
  /// Those of the hours from `hour` on, and all cumulative ones.
  [[nodiscard]] std::vector<CounterIndex> Since(std::int64_t hour) const;
  [[nodiscard]] std::size_t size() const { return by_key_.size(); }

 private:
  static std::uint64_t KeyOf(SeriesId series, std::int64_t hour);

  std::deque<Counter> counters_;
  std::vector<CounterIndex> free_;
  std::unordered_map<std::uint64_t, CounterIndex> by_key_;
  std::deque<CounterIndex> dirty_;
};

}  // namespace keymeter::processor
