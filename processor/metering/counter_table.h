#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <vector>

#include <tsl/robin_map.h>

#include "processor/metering/changed_readings.h"
#include "processor/metering/counter.h"
#include "processor/metering/growth.h"
#include "processor/metering/packed_counters.h"

namespace keymeter::processor {

/// All counters of the hours that the relay still keeps, the list of those to read next, and the readings
/// that the file lacks.
///
/// Counters of closed hours are packed, a few at a time (Pack), and unpacked when something asks for them. A
/// counter is never packed while it is dirty, is being read, has an unwritten reading, or while somebody
/// holds its index to read it (is_expected).
/// Threads: loop thread. Lifetime: an index is valid while its counter is expected, dirty or being read.
/// Bounds: O(1) to find and mark; about 140 bytes a counter, 30 for a packed one. Grows with the hours that
/// the relay keeps: ForgetBefore drops older ones.
class CounterTable {
 public:
  static constexpr std::int64_t kNoLastHour = std::numeric_limits<std::int64_t>::max();

  CounterTable() { by_key_.max_load_factor(kMostFull); }

  /// The index of the counter, which is made when it is new.
  CounterIndex Intern(SeriesId series, std::int64_t hour);
  /// The counter, unpacked; null when there is none.
  [[nodiscard]] const Counter* Find(SeriesId series, std::int64_t hour);
  [[nodiscard]] bool IsPacked(SeriesId series, std::int64_t hour) const {
    return packed_.Contains(series, hour);
  }
  /// The counter exists, and has been read at least once or is going to be read (is_expected).
  [[nodiscard]] bool IsReadOrExpected(SeriesId series, std::int64_t hour) const;
  Counter& operator[](CounterIndex index) { return counters_[index]; }
  const Counter& operator[](CounterIndex index) const { return counters_[index]; }
  /// Adds a reading of the file. The table must not have its counter yet.
  void Restore(const ReadingRow& row);
  /// Adds a reading of the file, in place of an earlier one of the same counter if there is one.
  void Renew(const ReadingRow& row);
  /// SQLite refused the reading: it is to be written again.
  void TakeBack(const ReadingRow& row);

  /// Puts the counter at the end of the list of dirty ones, unless it is in it already.
  void MarkDirty(CounterIndex index);
  void MarkDirty(SeriesId series, std::int64_t hour);  ///< if there is such a counter
  /// The dirty counters in the order of their marking, at most `most`; they leave the list.
  std::vector<CounterIndex> TakeDirty(std::size_t most);
  [[nodiscard]] std::size_t dirty_count() const { return dirty_.size(); }

  ChangedReadings& changed() { return changed_; }
  [[nodiscard]] const ChangedReadings& changed() const { return changed_; }

  /// A session ended: counters that were being read are dirty again. The times of their events are forgotten;
  /// that a counter is dirty, or was deleted, stays known.
  void EndSession();
  /// The latest hour of any counter, up to `last`, epoch seconds; 0: there is none.
  [[nodiscard]] std::int64_t NewestHour(std::int64_t last = kNoLastHour) const;
  /// Forgets the counters of earlier hours that were not read since `hour` either.
  void ForgetBefore(std::int64_t hour);
  /// It was expected, and is not read now.
  void PassOver(CounterIndex index, bool misses_baseline);
  /// All counters came to this end, readings under way included: see Meter::OnEndOfAll.
  void EndAll(End end);
  /// Unpacks all counters. Those that are not expected yet and pass `is_kept` are so from now on.
  [[nodiscard]] std::vector<CounterIndex> ExpectAll(const std::function<bool(const Counter&)>& is_kept);

  /// A span of hours [first, last], and how far ExpectSome has gone through it.
  struct Span {
    std::int64_t first;
    std::int64_t last = kNoLastHour;
    std::size_t next = 0;  ///< index of the next counter that is not packed
    PackedCounters::Cursor packed{first};
  };
  /// Appends the next counters of the span's hours, and of the cumulative ones, that are not expected yet: a
  /// bounded number. From now on they are expected. True when there are more. A counter that an event adds
  /// meanwhile may be missing: it is dirty anyway.
  [[nodiscard]] bool ExpectSome(Span& span, std::vector<CounterIndex>& found);

  /// Goes on packing counters of hours before `hour`, a bounded number. True when it reached the end of the
  /// table.
  bool Pack(std::int64_t hour);
  /// Unpacks the counters of the hours from `hour` on.
  void Unpack(std::int64_t hour);

  [[nodiscard]] std::size_t size() const { return by_key_.size() + packed_.size(); }
  [[nodiscard]] std::size_t unpacked() const { return by_key_.size(); }

 private:
  static constexpr float kMostFull = 0.8F;

  struct Hash {
    std::size_t operator()(std::uint64_t key) const;
  };
  static std::uint64_t KeyOf(SeriesId series, std::int64_t hour);

  CounterIndex Place(const Counter& counter);
  std::vector<CounterIndex> All();  ///< unpacked
  void Remove(CounterIndex index);
  /// Nobody uses its index, and its reading is in the file.
  [[nodiscard]] bool IsAtRest(const Counter& counter) const;

  std::deque<Counter> counters_;
  std::vector<CounterIndex> free_;
  tsl::robin_map<std::uint64_t, CounterIndex, Hash> by_key_;
  std::deque<CounterIndex> dirty_;
  ChangedReadings changed_;
  PackedCounters packed_;
  std::size_t pack_next_ = 0;  ///< where Pack goes on
  bool may_pack_ = true;       ///< false while ExpectSome goes through counters that are not packed
};

}  // namespace keymeter::processor
