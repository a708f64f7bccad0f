#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "processor/counter.h"

namespace keymeter::processor {

/// Counters that nothing is expected of for now, packed: an hour that has closed is read again only by the
/// next audit, or when something late happens to it.
///
/// Kept is all that lasts of a counter: its reading, when and in which session that was asked for, and that
/// it was deleted or missed since. A counter that is dirty, being read, or not durable yet has more to it.
/// Pure. Threads: loop thread. Bounds: about 30 bytes a counter; Put and Take look at one block, of at most
/// 256 counters, some 8 KB.
class PackedCounters {
 public:
  /// One of an hour; not there yet.
  void Put(const Counter& counter);
  /// Takes it out; nothing when it is not there.
  std::optional<Counter> Take(SeriesId series, std::int64_t hour);
  [[nodiscard]] bool Contains(SeriesId series, std::int64_t hour) const;
  /// Takes out all those of the hours in [first, last].
  std::vector<Counter> TakeHours(std::int64_t first, std::int64_t last);
  /// Those of earlier hours whose reading is older than `hour` as well.
  void ForgetBefore(std::int64_t hour);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::int64_t NewestHour() const { return hours_.empty() ? 0 : hours_.rbegin()->first; }
  /// What the blocks take, with what they have room for.
  [[nodiscard]] std::size_t Bytes() const;

 private:
  using Block = std::vector<std::uint8_t>;  ///< of 256 series one behind the other
  using Hour = std::vector<Block>;

  [[nodiscard]] const Block* FindBlock(SeriesId series, std::int64_t hour) const;

  std::map<std::int64_t, Hour> hours_;
  std::size_t size_ = 0;
};

}  // namespace keymeter::processor
