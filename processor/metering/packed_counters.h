#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "processor/metering/counter.h"

namespace keymeter::processor {

/// Counters that nothing is expected of for now, packed: an hour that has closed is read again only by the
/// next audit, or when something late happens to it.
///
/// Kept is all that lasts of a counter: its reading, when and in which session that was asked for, and that
/// it was deleted or missed since. A counter that is dirty, being read, or not durable yet has more to it.
/// Pure.
/// Threads: loop thread. Bounds: about 30 bytes a counter; Put and Take look at one block, of at most 256
/// counters, some 8 KB.
class PackedCounters {
 public:
  /// One of an hour; not there yet.
  void Put(const Counter& counter);
  /// Takes it out; nothing when it is not there.
  std::optional<Counter> Take(SeriesId series, std::int64_t hour);
  [[nodiscard]] bool Contains(SeriesId series, std::int64_t hour) const;
  /// Where to go on: the first hour that may be left, and below which number its blocks are.
  struct Cursor {
    std::int64_t hour;
    std::size_t block = kAllBlocks;
  };
  static constexpr std::size_t kAllBlocks = static_cast<std::size_t>(-1);
  /// Takes out those of the hours from the cursor's to `last`, block by block until there are `most` or a few
  /// more. Fewer only at the end. What is put there behind the cursor stays.
  std::vector<Counter> TakeSome(Cursor& cursor, std::int64_t last, std::size_t most);
  /// Those of earlier hours whose reading is older than `hour` as well.
  void ForgetBefore(std::int64_t hour);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::int64_t NewestHour() const { return hours_.empty() ? 0 : hours_.rbegin()->first; }
  /// What the blocks take, with what they have room for.
  [[nodiscard]] std::size_t Bytes() const;

 private:
  using Block = std::vector<std::uint8_t>;  ///< of 256 series one behind the other
  using Hour = std::vector<Block>;

  void TakeBlock(Block& block, std::size_t number, std::int64_t hour, std::vector<Counter>& taken);
  [[nodiscard]] const Block* FindBlock(SeriesId series, std::int64_t hour) const;

  std::map<std::int64_t, Hour> hours_;
  std::size_t size_ = 0;
};

}  // namespace keymeter::processor
