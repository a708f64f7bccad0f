#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// How an amount that is known to an hour (day, month) and to no finer time is apportioned to finer slots.
namespace keymeter::query_api {

/// Shares of `total` in proportion to the weights, by largest remainder: they sum up to `total` exactly. A
/// tie goes to the earlier one. Weights and total are not negative; when all weights are 0 everything goes to
/// the first.
[[nodiscard]] std::vector<std::int64_t> SpreadByWeight(std::int64_t total,
                                                       std::span<const std::int64_t> weights);

/// How much of each minute the processor was subscribed: the rows of the table `coverage`.
///
/// Threads: const, any. Bounds: 16 bytes a minute.
class CoveredMinutes {
 public:
  /// Minutes come in ascending order.
  void Add(std::int64_t minute, std::int64_t covered_ms);
  /// Of [from, to), in epoch seconds on minutes.
  [[nodiscard]] std::int64_t CoveredMs(std::int64_t from, std::int64_t to) const;

 private:
  [[nodiscard]] std::int64_t CoveredBefore(std::int64_t moment) const;

  std::vector<std::int64_t> minutes_;
  std::vector<std::int64_t> sums_;  ///< covered milliseconds up to the end of this minute
};

/// A part of a bucket that one slot holds.
struct Piece {
  std::int64_t from = 0;  ///< epoch seconds
  std::int64_t to = 0;
};

/// The weight of each piece of a bucket: its milliseconds before `now_ms` in which nobody was subscribed,
/// since usage without a minute most likely happened then. When all of it is covered: all its milliseconds
/// before now. When nothing is before now (clocks differ): all its milliseconds.
[[nodiscard]] std::vector<std::int64_t> PieceWeights(std::span<const Piece> pieces,
                                                     const CoveredMinutes& covered, std::int64_t now_ms);

}  // namespace keymeter::query_api
