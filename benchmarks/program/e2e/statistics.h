#pragma once

#include <cstddef>
#include <vector>

namespace keymeter::e2e {

/// A figure over the repeats of a run.
struct Summary {
  double median = 0;
  double low = 0;   ///< the least
  double high = 0;  ///< the most
  std::size_t count = 0;
};

/// All 0 without values. The median of an even number of values is the mean of the two in the middle.
[[nodiscard]] Summary Summarize(std::vector<double> values);

}  // namespace keymeter::e2e
