#pragma once

#include <string>
#include <vector>

#include "benchmarks/program/e2e/results.h"

namespace keymeter::e2e {

/// A ratio or a bound that the README promises of keymeter.
struct Promise {
  std::string what = {};
  double measured = 0;  ///< to be compared with the bound
  Summary over = {};    ///< of the repeats; its count is 0 without any
  double bound = 0;
  bool is_least = false;  ///< at least `bound` rather than at most
  int digits = 2;         ///< decimals, when shown
  [[nodiscard]] bool IsKept() const { return is_least ? measured >= bound : measured <= bound; }
};

/// The promises that the results have figures for: client CPU compared with the floor and the naive client
/// under each load; commands and their time at 500 requests/s; p99 of the delay, and exactness, under each
/// load. Medians of the repeats; for exactness the worst repeat.
[[nodiscard]] std::vector<Promise> Judge(const Results& results, double flush_ms);

[[nodiscard]] bool AreKept(const std::vector<Promise>& promises);

}  // namespace keymeter::e2e
