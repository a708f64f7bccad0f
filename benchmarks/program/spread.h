#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace keymeter {

struct Spread {
  double p50, p99, max;
};

/// Of one value at least.
inline Spread SpreadOf(std::vector<double> values) {
  std::ranges::sort(values);
  const auto at = [&](double part) {
    return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
  };
  return {at(0.5), at(0.99), values.back()};
}

}  // namespace keymeter
