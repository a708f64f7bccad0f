#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include <tsl/robin_map.h>

#include "processor/metering/changed_readings.h"
#include "processor/metering/counter.h"
#include "processor/metering/growth.h"
#include "processor/metering/packed_counters.h"

namespace keymeter::processor {

/// All counters of the hours that the relay still keeps, the list of those to read next, and the readings
/// that are not durable yet.
///
/// Those of closed hours that nothing is expected of are packed, bit by bit (Pack), and unpacked when
/// something asks for them. A counter that has an index to be read by (is_expected), or is dirty, being read
/// or not durable is never packed.
/// Threads: loop thread. Bounds: O(1) to find and mark; about 140 bytes a counter, 30 for one that is
/// packed. Those of hours that the relay no longer keeps are forgotten by ForgetBefore.
class CounterTable {
 public:
  static constexpr std::int64_t kNoLastHour = std::numeric_limits<std::int64_t>::max();

  CounterTable() { by_key_.max_load_factor(kMostFull); }

  /// The counter, made when it is new. An index stays valid while the counter is expected, dirty or being
  /// read.
  CounterIndex Intern(SeriesId series, std::int64_t hour);
  /// Null when there is none.
  [[nodiscard]] const Counter* Find(SeriesId series, std::int64_t hour);
  [[nodiscard]] bool IsPacked(SeriesId series, std::int64_t hour) const {
    return packed_.Contains(series, hour);
  }
  /// It is there, and has been read at least once.
  [[nodiscard]] bool IsRead(SeriesId series, std::int64_t hour) const;
  Counter& operator[](CounterIndex index) { return counters_[index]; }
  const Counter& operator[](CounterIndex index) const { return counters_[index]; }
  /// From the file; not there yet.
  void Restore(const ReadingRow& row);
  /// From the file, in place of an earlier reading of the same counter, if there is one.
  void Renew(const ReadingRow& row);

  /// Puts it on the list unless it stands there already.
  void MarkDirty(CounterIndex index);
  /// The dirty counters in the order of their marking, at most `most`; they leave the list.
  std::vector<CounterIndex> TakeDirty(std::size_t most);
  [[nodiscard]] std::size_t dirty_count() const { return dirty_.size(); }

  ChangedReadings& changed() { return changed_; }
  [[nodiscard]] const ChangedReadings& changed() const { return changed_; }

  /// A session ended: what was being read is dirty again. When it grew is not known any more; that it was
  /// deleted, and that it must be read, stays true.
  void EndSession();
  [[nodiscard]] std::int64_t NewestHour() const;  ///< 0: no counter
  /// Those of earlier hours that have not changed since either: the relay does not keep them any more.
  void ForgetBefore(std::int64_t hour);
  /// All there are, expected to be read.
  [[nodiscard]] std::vector<CounterIndex> ExpectAll();

  /// A span of hours [first, last], and how far ExpectSome has gone through it.
  struct Span {
    std::int64_t first;
    std::int64_t last = kNoLastHour;
    std::size_t next = 0;  ///< of those that are not packed
    PackedCounters::Cursor packed{first};
  };
  /// The next few of the span's hours and of all cumulative ones that nobody expects yet, a bounded number:
  /// from now on they are expected. True when there are more. One that an event finds meanwhile is dirty
  /// anyway.
  [[nodiscard]] bool ExpectSome(Span& span, std::vector<CounterIndex>& found);

  /// Goes on packing those of hours before `hour`, a bounded number. True when it came to the end of the
  /// table.
  bool Pack(std::int64_t hour);
  /// Has those of the hours from `hour` on at hand.
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
  void Remove(CounterIndex index);
  /// Nobody may come back to it by its index, and there is nothing of it that is not in the file.
  [[nodiscard]] bool IsAtRest(const Counter& counter) const;

  std::deque<Counter> counters_;
  std::vector<CounterIndex> free_;
  tsl::robin_map<std::uint64_t, CounterIndex, Hash> by_key_;
  std::deque<CounterIndex> dirty_;
  ChangedReadings changed_;
  PackedCounters packed_;
  std::size_t pack_next_ = 0;  ///< where Pack goes on
  bool may_pack_ = true;       ///< false while ExpectSome goes through those that are not packed
};

}  // namespace keymeter::processor
