#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "schema/civil_time.h"
#include "schema/sqlite.h"

namespace keymeter::query_api {

/// The tables of usage by bucket; `untimed` ones hold what a bucket has beyond its finer ones.
enum class UsageTable : std::uint8_t {
  kMinute,
  kHour,
  kDay,
  kMonth,
  kUntimedHour,
  kUntimedDay,
  kUntimedMonth
};

[[nodiscard]] UsageTable RowsOf(Level level);     ///< of kMinute … kMonth
[[nodiscard]] UsageTable UntimedOf(Level level);  ///< of kHour … kMonth
[[nodiscard]] Level LevelOf(UsageTable table);
[[nodiscard]] bool IsUntimed(UsageTable table);

/// What a block keeps of a usage table, in this order.
enum class BlockColumn : std::uint8_t {
  kRequests,
  kInputTokens,
  kOutputTokens,
  kCacheCreateTokens,
  kCacheReadTokens,
  kEphemeral1hTokens,
  kCostMicros,
  kRealCostMicros,
};
inline constexpr std::size_t kBlockColumns = 8;
using BlockRow = std::array<std::int64_t, kBlockColumns>;
/// The same columns in SQL.
inline constexpr std::string_view kBlockColumnsSql =
    "requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens, ephemeral_1h_tokens, "
    "cost_micros, real_cost_micros";
/// Reads them, from column `first` on.
[[nodiscard]] BlockRow ReadBlockRow(const Statement& statement, int first);

/// All rows of one bucket of one table, by columns, in ascending order of their series.
///
/// A column takes 4 bytes a row where all its values are within 0…2^32-1, 8 where not, none where all are 0:
/// values are exact.
/// Threads: const, any. Bounds: 4 to 68 bytes a row.
class UsageBlock {
 public:
  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// The row's `series.id`.
  [[nodiscard]] std::uint32_t Series(std::size_t row) const { return words_[row]; }
  [[nodiscard]] std::int64_t At(BlockColumn column, std::size_t row) const {
    const Place& place = columns_[static_cast<std::size_t>(column)];
    if (place.words == 0) return 0;
    if (place.words == 1) return words_[place.first + row];
    std::int64_t value = 0;
    std::memcpy(&value, &words_[place.first + 2 * row], sizeof value);
    return value;
  }
  [[nodiscard]] BlockRow Row(std::size_t row) const {
    BlockRow values;
    for (std::size_t i = 0; i < kBlockColumns; ++i) values[i] = At(static_cast<BlockColumn>(i), row);
    return values;
  }
  /// The row of a series, if it has one: a binary search.
  [[nodiscard]] std::optional<std::size_t> Find(std::uint32_t series) const;
  [[nodiscard]] std::size_t bytes() const { return sizeof *this + words_.size() * sizeof words_[0]; }

 private:
  friend class UsageBlockBuilder;
  struct Place {
    std::uint32_t first = 0;  ///< the column's begin in words_
    std::uint32_t words = 0;  ///< of a value: 0, 1, 2
  };

  std::size_t rows_ = 0;
  std::array<Place, kBlockColumns> columns_{};
  std::vector<std::uint32_t> words_;  ///< series ids, then one column after the other
};

/// Makes blocks, one bucket after the other. Rows come in ascending order of their series.
///
/// Threads: one. Bounds: the rows of one bucket, uncompressed.
class UsageBlockBuilder {
 public:
  void Add(std::uint32_t series, const BlockRow& row);
  /// The rows that were added since the last Build.
  [[nodiscard]] UsageBlock Build();

 private:
  std::vector<std::uint32_t> series_;
  std::vector<BlockRow> rows_;
};

}  // namespace keymeter::query_api
