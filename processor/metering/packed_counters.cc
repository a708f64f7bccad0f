// An entry of a block:
//
//     1 byte    the lowest byte of the series' number
//     1 byte    how many bytes follow
//     2 bytes   bits: which metrics are not zero; and a flag
//     varint    the session
//     varint    how long after the hour's end the reading was asked for, milliseconds
//     varints   the metrics that are not zero
//
// Signed numbers are zigzagged, so that one below zero is no longer than one above.

#include "processor/metering/packed_counters.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>
#include <utility>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::size_t kHeaderBytes = 2;
constexpr unsigned kSeriesBits = 8;
constexpr unsigned kMissedBaseline = 1U << 15U;
constexpr std::size_t kMostVarintBytes = 10;
constexpr std::size_t kMostEntryBytes = kHeaderBytes + 2 + (2 + kMetricCount) * kMostVarintBytes;
static_assert(kMetricCount <= 15 && kMostEntryBytes - kHeaderBytes <= 255);

/// A new block reserves so many bytes, and a full one grows by this part of its size: less than a vector
/// would, because memory that stays unused counts as memory of the counters.
constexpr std::size_t kFirstRoom = 64;
constexpr std::size_t kGrowthShare = 8;

class EntryWriter {
 public:
  void Byte(unsigned value) { bytes_.at(size_++) = static_cast<std::uint8_t>(value); }
  void Unsigned(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) Byte(static_cast<unsigned>(value & 0x7FU) | 0x80U);
    Byte(static_cast<unsigned>(value));
  }
  void Signed(std::int64_t value) {
    Unsigned((static_cast<std::uint64_t>(value) << 1U) ^ (value < 0 ? ~std::uint64_t{0} : 0));
  }
  /// Enters how many bytes follow, once they are known.
  void SetSize() { bytes_[1] = static_cast<std::uint8_t>(size_ - kHeaderBytes); }
  [[nodiscard]] const std::uint8_t* begin() const { return bytes_.data(); }
  [[nodiscard]] const std::uint8_t* end() const { return bytes_.data() + size_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::array<std::uint8_t, kMostEntryBytes> bytes_{};
  std::size_t size_ = 0;
};

class EntryReader {
 public:
  explicit EntryReader(const std::uint8_t* at) : at_(at) {}
  unsigned Byte() { return *at_++; }
  std::uint64_t Unsigned() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint64_t byte = Byte();
      value |= (byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
  }
  std::int64_t Signed() {
    const std::uint64_t value = Unsigned();
    return static_cast<std::int64_t>((value >> 1U) ^ ((value & 1U) != 0 ? ~std::uint64_t{0} : 0));
  }

 private:
  const std::uint8_t* at_;
};

/// Unsigned, so that no value of a damaged file overflows.
std::uint64_t HoursEndMs(std::int64_t hour) {
  return (static_cast<std::uint64_t>(hour) + kHourSeconds) * 1000;
}

EntryWriter Encode(const Counter& counter) {
  assert(counter.end == End::kNone);
  unsigned holds = counter.missed_baseline ? kMissedBaseline : 0;
  for (unsigned i = 0; i < kMetricCount; ++i)
    if (counter.reading.values[i] != 0) holds |= 1U << i;
  EntryWriter entry;
  entry.Byte(counter.series & 0xFFU);
  entry.Byte(0);
  entry.Byte(holds & 0xFFU);
  entry.Byte(holds >> 8U);
  entry.Unsigned(counter.session);
  entry.Signed(
      static_cast<std::int64_t>(static_cast<std::uint64_t>(counter.read_ms) - HoursEndMs(counter.hour)));
  for (const std::int64_t value : counter.reading.values)
    if (value != 0) entry.Signed(value);
  entry.SetSize();
  return entry;
}

/// `entry`: its first byte.
Counter Decode(const std::uint8_t* entry, std::size_t block, std::int64_t hour) {
  EntryReader reader(entry);
  Counter counter;
  counter.in_use = true;
  counter.hour = hour;
  counter.series = static_cast<SeriesId>(block << kSeriesBits) | reader.Byte();
  (void)reader.Byte();
  const unsigned low = reader.Byte();
  const unsigned holds = low | reader.Byte() << 8U;
  counter.missed_baseline = (holds & kMissedBaseline) != 0;
  counter.session = static_cast<std::uint32_t>(reader.Unsigned()) & kMostSessions;
  counter.read_ms = static_cast<std::int64_t>(HoursEndMs(hour) + static_cast<std::uint64_t>(reader.Signed()));
  for (unsigned i = 0; i < kMetricCount; ++i)
    if ((holds & 1U << i) != 0) counter.reading.values[i] = reader.Signed();
  return counter;
}

std::size_t EntryBytes(const std::uint8_t* entry) {
  return kHeaderBytes + entry[1];
}

/// The offset of the series' entry in its block; the block's size when there is none.
std::size_t FindEntry(const std::vector<std::uint8_t>& block, SeriesId series) {
  const auto low = static_cast<std::uint8_t>(series & 0xFFU);
  std::size_t at = 0;
  while (at < block.size() && block[at] != low) at += EntryBytes(&block[at]);
  return at;
}

void Erase(std::vector<std::uint8_t>& block, std::size_t at) {
  const auto begin = block.begin() + static_cast<std::ptrdiff_t>(at);
  block.erase(begin, begin + static_cast<std::ptrdiff_t>(EntryBytes(&block[at])));
  if (block.empty()) block.shrink_to_fit();
}

/// Drops the entries that were read before `since_ms` and returns how many are left. `all` is reduced by each
/// that is dropped.
std::size_t KeepReadSince(std::vector<std::uint8_t>& block, std::int64_t hour, std::int64_t since_ms,
                          std::size_t& all) {
  std::vector<std::uint8_t> kept;
  std::size_t count = 0;
  for (std::size_t at = 0; at < block.size(); at += EntryBytes(&block[at])) {
    const bool is_kept = Decode(&block[at], 0, hour).read_ms >= since_ms;
    if (is_kept) kept.insert(kept.end(), &block[at], &block[at] + EntryBytes(&block[at]));
    is_kept ? ++count : --all;
  }
  block = std::move(kept);
  return count;
}

}  // namespace

void PackedCounters::Put(const Counter& counter) {
  Hour& hour = hours_[counter.hour];
  const std::size_t number = counter.series >> kSeriesBits;
  if (number >= hour.size()) hour.resize(number + 1);
  Block& block = hour[number];
  const EntryWriter entry = Encode(counter);
  if (block.size() + entry.size() > block.capacity())
    block.reserve(block.size() + std::max(kFirstRoom, block.size() / kGrowthShare));
  block.insert(block.end(), entry.begin(), entry.end());
  ++size_;
}

const PackedCounters::Block* PackedCounters::FindBlock(SeriesId series, std::int64_t hour) const {
  const auto found = hours_.find(hour);
  const std::size_t number = series >> kSeriesBits;
  if (found == hours_.end() || number >= found->second.size()) return nullptr;
  return &found->second[number];
}

bool PackedCounters::Contains(SeriesId series, std::int64_t hour) const {
  const Block* block = FindBlock(series, hour);
  return block != nullptr && FindEntry(*block, series) < block->size();
}

std::optional<Counter> PackedCounters::Take(SeriesId series, std::int64_t hour) {
  const auto found = hours_.find(hour);
  const std::size_t number = series >> kSeriesBits;
  if (found == hours_.end() || number >= found->second.size()) return std::nullopt;
  Block& block = found->second[number];
  const std::size_t at = FindEntry(block, series);
  if (at == block.size()) return std::nullopt;
  const Counter counter = Decode(&block[at], number, hour);
  Erase(block, at);
  --size_;
  return counter;
}

void PackedCounters::TakeBlock(Block& block, std::size_t number, std::int64_t hour,
                               std::vector<Counter>& taken) {
  const std::size_t before = taken.size();
  for (std::size_t at = 0; at < block.size(); at += EntryBytes(&block[at]))
    taken.push_back(Decode(&block[at], number, hour));
  size_ -= taken.size() - before;
  block = Block();
}

std::vector<Counter> PackedCounters::TakeSome(Cursor& cursor, std::int64_t last, std::size_t most) {
  std::vector<Counter> taken;
  for (auto hour = hours_.lower_bound(cursor.hour); hour != hours_.end() && hour->first <= last;) {
    if (hour->first != cursor.hour) cursor = {hour->first, kAllBlocks};
    Hour& blocks = hour->second;
    cursor.block = std::min(cursor.block, blocks.size());
    while (cursor.block > 0 && taken.size() < most) {
      --cursor.block;
      TakeBlock(blocks[cursor.block], cursor.block, cursor.hour, taken);
    }
    if (cursor.block > 0) return taken;
    const bool is_empty =
        std::all_of(blocks.begin(), blocks.end(), [](const Block& block) { return block.empty(); });
    hour = is_empty ? hours_.erase(hour) : std::next(hour);
    cursor = {cursor.hour + 1, kAllBlocks};
  }
  return taken;
}

void PackedCounters::ForgetBefore(std::int64_t hour) {
  const auto end = hours_.lower_bound(hour);
  for (auto old = hours_.begin(); old != end;) {
    std::size_t kept = 0;
    for (Block& block : old->second) kept += KeepReadSince(block, old->first, hour * 1000, size_);
    old = kept == 0 ? hours_.erase(old) : std::next(old);
  }
}

std::int64_t PackedCounters::NewestHour(std::int64_t last) const {
  const auto after = hours_.upper_bound(last);
  return after == hours_.begin() ? 0 : std::prev(after)->first;
}

std::size_t PackedCounters::Bytes() const {
  std::size_t bytes = 0;
  for (const auto& [hour, blocks] : hours_) {
    bytes += blocks.capacity() * sizeof(Block);
    for (const Block& block : blocks) bytes += block.capacity();
  }
  return bytes;
}

}  // namespace keymeter::processor
