#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace keymeter::relay_load {

/// SplitMix64. Our own rather than <random>, whose distributions differ between standard libraries: the same
/// seed must give the same bytes everywhere.
///
/// Not for secrets. Threads: one owner.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }

  /// 0 ≤ x < 1.
  double Unit() { return static_cast<double>(Next() >> 11U) * 0x1.0p-53; }

  /// low ≤ x ≤ high.
  std::int64_t Between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(Next() % static_cast<std::uint64_t>(high - low + 1));
  }

  /// True in `percent` of 100 calls.
  bool Chance(int percent) { return Between(0, 99) < percent; }

  /// Between `low` (at least 1) and `high`, small values more often: each factor of ten is as likely as the
  /// next.
  std::int64_t LogBetween(std::int64_t low, std::int64_t high) {
    const double ratio = static_cast<double>(high) / static_cast<double>(low);
    return static_cast<std::int64_t>(static_cast<double>(low) * std::pow(ratio, Unit()));
  }

 private:
  std::uint64_t state_;
};

}  // namespace keymeter::relay_load
