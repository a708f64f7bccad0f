#include "benchmarks/program/e2e/statistics.h"

#include <algorithm>

namespace keymeter::e2e {

Summary Summarize(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {median, values.front(), values.back(), values.size()};
}

}  // namespace keymeter::e2e
