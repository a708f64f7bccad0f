#pragma once

#include <cstdint>
#include <vector>

#include "benchmarks/relay_load/population.h"
#include "benchmarks/relay_load/traffic.h"
#include "schema/metrics.h"
#include "tests/support/relay/random.h"

namespace keymeter::usage_file {

/// Draws requests as a large relay has them: some keys are active in a day, fewer in an hour, and few of them
/// make most of the requests.
///
/// Threads: one. Lifetime: borrows the population.
class Draw {
 public:
  struct Request {
    std::size_t key = 0;  ///< indexes into the population
    std::size_t account = 0;
    std::size_t model = 0;
    Amounts amounts;
  };

  Draw(const relay_load::Population& population, std::uint64_t seed);

  void BeginDay();
  void BeginHour();
  [[nodiscard]] Request Next();

 private:
  const relay_load::Population& population_;
  relay_load::Random random_;
  /// All keys in random order: the first `of_day_` are active today, the first `of_hour_` of these in this
  /// hour.
  std::vector<std::size_t> keys_;
  std::size_t of_day_;
  std::size_t of_hour_;
  relay_load::SkewedChoice hour_choice_;
  relay_load::SkewedChoice account_choice_;
};

}  // namespace keymeter::usage_file
