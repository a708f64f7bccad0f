#include "query-api/snapshot/usage_block.h"

#include <cstdint>
#include <limits>
#include <optional>

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

TEST(UsageBlock, HoldsEveryValueExactly) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  UsageBlockBuilder builder;
  builder.Add(3, {0, 1, UINT32_MAX, std::int64_t{UINT32_MAX} + 1, kMost, -1, 0, 0});
  builder.Add(9, {0, 2, 0, 5, -kMost, 0, 0, 7});
  const UsageBlock block = builder.Build();
  ASSERT_EQ(block.rows(), 2U);
  EXPECT_EQ(block.Series(1), 9U);
  EXPECT_EQ(block.At(BlockColumn::kRequests, 0), 0);
  EXPECT_EQ(block.At(BlockColumn::kInputTokens, 1), 2);
  EXPECT_EQ(block.At(BlockColumn::kOutputTokens, 0), UINT32_MAX);
  EXPECT_EQ(block.At(BlockColumn::kCacheCreateTokens, 0), std::int64_t{UINT32_MAX} + 1);
  EXPECT_EQ(block.At(BlockColumn::kCacheCreateTokens, 1), 5);
  EXPECT_EQ(block.At(BlockColumn::kCacheReadTokens, 0), kMost);
  EXPECT_EQ(block.At(BlockColumn::kCacheReadTokens, 1), -kMost);
  EXPECT_EQ(block.At(BlockColumn::kEphemeral1hTokens, 0), -1);
  EXPECT_EQ(block.At(BlockColumn::kRealCostMicros, 1), 7);
  EXPECT_EQ(block.Find(9), 1U);
  EXPECT_EQ(block.Find(4), std::nullopt);
  EXPECT_EQ(builder.Build().rows(), 0U) << "the builder begins anew";
}

}  // namespace
}  // namespace keymeter::query_api
