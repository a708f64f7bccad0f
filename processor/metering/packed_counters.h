#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "processor/metering/counter.h"

namespace keymeter::processor {

/// Counters of closed hours, in a fifth of the memory: they are read again only by the next audit, or when a
/// late event arrives.
///
/// Not for a counter that is dirty, being read, has an unwritten reading, or has ended since. It keeps a
/// counter's reading, when and in which session that was asked for, and whether the baseline missed it;
/// nothing else. Threads: loop thread. Bounds: about 30 bytes a counter; Put and Take go through one block of
/// at most 256 counters, some 8 KB.
class PackedCounters {
 public:
  /// Adds a counter of an hour, which must not be there yet.
  void Put(const Counter& counter);
  /// Takes the counter out; empty when it is not there.
  std::optional<Counter> Take(SeriesId series, std::int64_t hour);
  [[nodiscard]] bool Contains(SeriesId series, std::int64_t hour) const;
  /// Where TakeSome continues: the first hour that may be left, and the number below which its blocks are.
  struct Cursor {
    std::int64_t hour;
    std::size_t block = kAllBlocks;
  };
  static constexpr std::size_t kAllBlocks = static_cast<std::size_t>(-1);
  /// Takes out counters of the hours from the cursor's to `last`, whole blocks until there are `most` or a
  /// few more; fewer only at the end. What is put in behind the cursor meanwhile stays.
  std::vector<Counter> TakeSome(Cursor& cursor, std::int64_t last, std::size_t most);
  /// Forgets the counters of earlier hours whose reading is older than `hour` as well.
  void ForgetBefore(std::int64_t hour);

  [[nodiscard]] std::size_t size() const { return size_; }
  /// The latest hour of any counter, up to `last`; 0: there is none.
  [[nodiscard]] std::int64_t NewestHour(std::int64_t last) const;
  /// Memory of the blocks, with the room that is reserved.
  [[nodiscard]] std::size_t Bytes() const;

 private:
  using Block = std::vector<std::uint8_t>;  ///< the entries of 256 consecutive series
  using Hour = std::vector<Block>;          ///< by series, less its lowest byte

  void TakeBlock(Block& block, std::size_t number, std::int64_t hour, std::vector<Counter>& taken);
  [[nodiscard]] const Block* FindBlock(SeriesId series, std::int64_t hour) const;

  std::map<std::int64_t, Hour> hours_;
  std::size_t size_ = 0;
};

}  // namespace keymeter::processor
