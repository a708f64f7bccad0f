#include "query-api/usage/apportion.h"

#include <algorithm>
#include <numeric>

namespace keymeter::query_api {

namespace {

/// Milliseconds of the piece before now.
std::int64_t PastMs(const Piece& piece, std::int64_t now_ms) {
  return std::max<std::int64_t>(0, std::min(piece.to * 1000, now_ms) - piece.from * 1000);
}

bool AllZero(std::span<const std::int64_t> values) {
  return std::all_of(values.begin(), values.end(), [](std::int64_t value) { return value == 0; });
}

}  // namespace

std::vector<std::int64_t> SpreadByWeight(std::int64_t total, std::span<const std::int64_t> weights) {
  std::vector<std::int64_t> shares(weights.size(), 0);
  if (shares.empty()) return shares;
  __extension__ using Wide = __int128;
  Wide sum = 0;
  for (const std::int64_t weight : weights) sum += weight;
  if (sum == 0) {
    shares.front() = total;
    return shares;
  }
  std::vector<Wide> remainders(weights.size());
  std::int64_t left = total;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Wide product = static_cast<Wide>(total) * weights[i];
    shares[i] = static_cast<std::int64_t>(product / sum);
    remainders[i] = product % sum;
    left -= shares[i];
  }
  // Fewer units are left than there are remainders above 0.
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  for (std::size_t i = 0; left > 0; ++i, --left) ++shares[order[i]];
  return shares;
}

void CoveredMinutes::Add(std::int64_t minute, std::int64_t covered_ms) {
  minutes_.push_back(minute);
  sums_.push_back((sums_.empty() ? 0 : sums_.back()) + std::clamp<std::int64_t>(covered_ms, 0, 60'000));
}

std::int64_t CoveredMinutes::CoveredBefore(std::int64_t moment) const {
  const auto next = std::lower_bound(minutes_.begin(), minutes_.end(), moment);
  if (next == minutes_.begin()) return 0;
  return sums_[static_cast<std::size_t>(next - minutes_.begin()) - 1];
}

std::int64_t CoveredMinutes::CoveredMs(std::int64_t from, std::int64_t to) const {
  return CoveredBefore(to) - CoveredBefore(from);
}

std::vector<std::int64_t> PieceWeights(std::span<const Piece> pieces, const CoveredMinutes& covered,
                                       std::int64_t now_ms) {
  std::vector<std::int64_t> past;
  std::vector<std::int64_t> uncovered;
  std::vector<std::int64_t> whole;
  for (const Piece& piece : pieces) {
    const std::int64_t past_ms = PastMs(piece, now_ms);
    past.push_back(past_ms);
    uncovered.push_back(std::max<std::int64_t>(0, past_ms - covered.CoveredMs(piece.from, piece.to)));
    whole.push_back((piece.to - piece.from) * 1000);
  }
  if (!AllZero(uncovered)) return uncovered;
  return AllZero(past) ? whole : past;
}

}  // namespace keymeter::query_api
