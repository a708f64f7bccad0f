#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "benchmarks/relay_load/population.h"
#include "tests/support/relay/random.h"

namespace keymeter::relay_load {

struct Tokens {
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::int64_t cache_create = 0;
  std::int64_t cache_read = 0;
  std::int64_t ephemeral_5m = 0;  ///< inside cache_create, as is the next
  std::int64_t ephemeral_1h = 0;

  [[nodiscard]] std::int64_t All() const { return input + output + cache_create + cache_read; }
};

/// In pico-dollars (see Prices), hence exact.
struct Cost {
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::int64_t cache_create = 0;
  std::int64_t cache_read = 0;
  std::int64_t ephemeral_5m = 0;  ///< inside cache_create, as is the next
  std::int64_t ephemeral_1h = 0;

  [[nodiscard]] std::int64_t Total() const { return input + output + cache_create + cache_read; }
  [[nodiscard]] std::int64_t Micros() const { return (Total() + 500'000) / 1'000'000; }  ///< rounded half up
  [[nodiscard]] Cost Scaled(std::int64_t percent) const;
};

[[nodiscard]] Cost CostOf(const Tokens& tokens, const Prices& prices);

/// One relayed request. Borrows key, account and model from the population.
struct Request {
  const ApiKey* key = nullptr;
  const Account* account = nullptr;
  const Model* model = nullptr;
  std::int64_t at_ms = 0;
  /// The relay looks at its clock again before it counts the account: that can be another hour.
  std::int64_t account_delay_ms = 0;
  Tokens tokens;
  Cost real_cost;
  Cost rated_cost;
  /// The relay was given a usage object with the two kinds of cache writes: only then does it publish a
  /// billing event.
  bool has_details = true;
  bool is_stream = true;
  std::int64_t duration_ms = 0;
  std::uint64_t number = 0;  ///< from 1
};

/// Chooses 0 … n-1, the i-th in proportion to 1 / (i + 1)^skew; skew 0 is uniform.
class SkewedChoice {
 public:
  SkewedChoice(std::size_t n, double skew);
  [[nodiscard]] std::size_t Choose(Random& random) const;

 private:
  std::vector<double> cumulative_;
};

/// An endless seeded stream of requests. Threads: one owner. Lifetime: borrows `population`.
class Traffic {
 public:
  Traffic(const Population& population, double skew, std::uint64_t seed);
  [[nodiscard]] Request Next(std::int64_t at_ms);

 private:
  [[nodiscard]] Tokens DrawTokens(bool has_details);

  const Population& population_;
  Random random_;
  SkewedChoice keys_;
  SkewedChoice accounts_;
  SkewedChoice models_;
  std::uint64_t made_ = 0;
};

}  // namespace keymeter::relay_load
