#include "query-api/snapshot/usage_block.h"

#include <algorithm>

namespace keymeter::query_api {

namespace {

/// How many 32-bit words a value of the column takes.
std::uint32_t WordsFor(const std::vector<BlockRow>& rows, std::size_t column) {
  std::uint64_t bits = 0;
  for (const BlockRow& row : rows) bits |= static_cast<std::uint64_t>(row[column]);
  if (bits == 0) return 0;
  return bits <= UINT32_MAX ? 1 : 2;
}

}  // namespace

UsageTable RowsOf(Level level) {
  return static_cast<UsageTable>(level);
}

UsageTable UntimedOf(Level level) {
  return static_cast<UsageTable>(static_cast<int>(level) + 3);
}

Level LevelOf(UsageTable table) {
  return static_cast<Level>(static_cast<int>(table) - (IsUntimed(table) ? 3 : 0));
}

bool IsUntimed(UsageTable table) {
  return table >= UsageTable::kUntimedHour;
}

BlockRow ReadBlockRow(const Statement& statement, int first) {
  BlockRow row;
  for (std::size_t i = 0; i < kBlockColumns; ++i) row[i] = statement.Int(first + static_cast<int>(i));
  return row;
}

std::optional<std::size_t> UsageBlock::Find(std::uint32_t series) const {
  const auto end = words_.begin() + static_cast<std::ptrdiff_t>(rows_);
  const auto found = std::lower_bound(words_.begin(), end, series);
  if (found == end || *found != series) return std::nullopt;
  return static_cast<std::size_t>(found - words_.begin());
}

void UsageBlockBuilder::Add(std::uint32_t series, const BlockRow& row) {
  series_.push_back(series);
  rows_.push_back(row);
}

UsageBlock UsageBlockBuilder::Build() {
  UsageBlock block;
  block.rows_ = rows_.size();
  std::size_t words = rows_.size();
  for (std::size_t column = 0; column < kBlockColumns; ++column) {
    UsageBlock::Place& place = block.columns_[column];
    place = {static_cast<std::uint32_t>(words), WordsFor(rows_, column)};
    words += place.words * rows_.size();
  }
  block.words_.resize(words);
  std::copy(series_.begin(), series_.end(), block.words_.begin());
  for (std::size_t column = 0; column < kBlockColumns; ++column) {
    const UsageBlock::Place& place = block.columns_[column];
    // Little and big endian alike: a wide value is copied as it lies in memory, a narrow one by its value.
    for (std::size_t row = 0; row < rows_.size() && place.words > 0; ++row) {
      if (place.words == 1)
        block.words_[place.first + row] = static_cast<std::uint32_t>(rows_[row][column]);
      else
        std::memcpy(&block.words_[place.first + 2 * row], &rows_[row][column], sizeof(std::int64_t));
    }
  }
  series_.clear();
  rows_.clear();
  return block;
}

}  // namespace keymeter::query_api
