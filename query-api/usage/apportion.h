#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// How an amount that is known to an hour (day, month) and to no finer time is laid over finer slots.
namespace keymeter::query_api {

/// Shares of `total` in proportion to the weights, by largest remainder: they sum up to `total` exactly. A
/// tie goes to the earlier one. Weights and total are not negative; when all weights are 0 everything goes to
/// the first.
[[nodiscard]] std::vector<std::int64_t> SpreadByWeight(std::int64_t total,
                                                       std::span<const std::int64_t> weights);

/// In which minutes the processor was subscribed. Minutes come in ascending order. Bounds: 16 bytes a minute.
class Coverage {
 public:
  void Add(std::int64_t minute, std::int64_t covered_ms);
  /// Of [from, to), in epoch seconds on minutes.
  [[nodiscard]] std::int64_t CoveredMs(std::int64_t from, std::int64_t to) const;

 private:
  [[nodiscard]] std::int64_t CoveredBefore(std::int64_t moment) const;

  std::vector<std::int64_t> minutes_;
  std::vector<std::int64_t> sums_;  ///< covered up to and with this minute
};

/// A part of a bucket that one slot holds.
struct Piece {
  std::int64_t from = 0;  ///< epoch seconds
  std::int64_t to = 0;
};

/// The weight of each piece of a bucket: its milliseconds without coverage and before `now_ms`, since what
/// has no minute most likely came while nobody looked. When nothing is uncovered: all its milliseconds before
/// now. When nothing is before now (clocks differ): all of them.
[[nodiscard]] std::vector<std::int64_t> PieceWeights(std::span<const Piece> pieces, const Coverage& coverage,
                                                     std::int64_t now_ms);

}  // namespace keymeter::query_api
