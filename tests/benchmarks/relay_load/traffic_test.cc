#include "benchmarks/relay_load/traffic.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace keymeter::relay_load {
namespace {

std::vector<int> Chosen(double skew, int times) {
  Random random(1);
  const SkewedChoice choice(10, skew);
  std::vector<int> counts(10);
  for (int i = 0; i < times; ++i) ++counts[choice.Choose(random)];
  return counts;
}

TEST(SkewedChoice, TakesTheFirstTwiceAsOftenAsTheSecond) {
  const std::vector<int> counts = Chosen(1.0, 100'000);
  EXPECT_NEAR(counts[0], 2 * counts[1], 2'000);
  EXPECT_GT(counts[9], 0);
}

TEST(SkewedChoice, IsEvenWithoutSkew) {
  const std::vector<int> counts = Chosen(0.0, 100'000);
  EXPECT_NEAR(*std::ranges::min_element(counts), *std::ranges::max_element(counts), 1'000);
}

TEST(Traffic, KeepsEphemeralTokensInsideCacheCreation) {
  const Population population = MakePopulation({});
  Traffic traffic(population, 1.0, 5);
  for (int i = 0; i < 5'000; ++i) {
    const Request request = traffic.Next(0);
    const std::int64_t ephemeral = request.tokens.ephemeral_5m + request.tokens.ephemeral_1h;
    ASSERT_LE(ephemeral, request.tokens.cache_create);
    ASSERT_TRUE(request.has_details || ephemeral == 0);
  }
}

TEST(Traffic, CostsWhatTheRecordedPricesSay) {
  // The recorded request of gpt-5: 2819 in, 75 out, 23242 read from the cache.
  const Prices gpt5{1'250'000, 10'000'000, 0, 0, 125'000};
  EXPECT_EQ(CostOf({2819, 75, 739, 23242, 55, 0}, gpt5).Micros(), 7179);
  // And of opus: 3 and 49 tokens written to the cache for five minutes and an hour.
  const Prices opus{15'000'000, 75'000'000, 18'750'000, 30'000'000, 1'500'000};
  EXPECT_EQ(CostOf({2443, 1191, 52, 334, 3, 49}, opus).Total(), 127'997'250'000);
}

}  // namespace
}  // namespace keymeter::relay_load
