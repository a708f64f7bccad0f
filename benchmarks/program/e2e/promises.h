#pragma once

#include <string>
#include <vector>

#include "benchmarks/program/e2e/results.h"

namespace keymeter::e2e {

/// A ratio or a bound that keymeter is held against.
struct Promise {
  std::string what = {};
  double measured = 0;  ///< what the bound is held against
  Summary over = {};    ///< of the repeats; no count where there are none
  double bound = 0;
  bool is_least = false;  ///< at least `bound` rather than at most
  int digits = 2;         ///< behind the point, as it is shown
  [[nodiscard]] bool IsKept() const { return is_least ? measured >= bound : measured <= bound; }
};

/// Those that the results have figures for: client CPU against the floor and the naive client under each
/// load; commands and their time at 500 requests/s; delay by p99 and exactness under each load, of everything
/// that is keymeter. Medians of the repeats; of exactness the worst one.
[[nodiscard]] std::vector<Promise> Judge(const Results& results, double flush_ms);

[[nodiscard]] bool AreKept(const std::vector<Promise>& promises);

}  // namespace keymeter::e2e
