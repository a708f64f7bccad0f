#include "query-api/usage/usage_sum.h"

#include <limits>

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

TEST(UsageSum, Saturates) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  UsageSum sum{.requests = kMost - 1, .input_tokens = -kMost, .cost_micros = 1.5};
  sum += {.requests = 5, .input_tokens = -kMost, .cost_micros = 2};
  EXPECT_EQ(sum.requests, kMost);
  EXPECT_EQ(sum.input_tokens, std::numeric_limits<std::int64_t>::min());
  EXPECT_DOUBLE_EQ(sum.cost_micros, 3.5);
}

TEST(WholeMicros, AreTheNearestAndSaturate) {
  EXPECT_EQ(WholeMicros(49.6), 50);
  EXPECT_EQ(WholeMicros(-0x1p63), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(WholeMicros(0x1p63), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(WholeMicros(-1e300), std::numeric_limits<std::int64_t>::min());
}

TEST(UsageSum, TotalTokensAreThoseOfAllFourKinds) {
  const UsageSum sum{
      .input_tokens = 1, .output_tokens = 20, .cache_create_tokens = 300, .cache_read_tokens = 4000};
  EXPECT_EQ(sum.TotalTokens(), 4321);
}

}  // namespace
}  // namespace keymeter::query_api
