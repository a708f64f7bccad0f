#include "schema/metrics.h"

#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace keymeter {

namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

Amounts Requests(std::int64_t value) {
  Amounts amounts;
  amounts[Metric::kRequests] = value;
  return amounts;
}

std::int64_t Sum(std::int64_t a, std::int64_t b) {
  Amounts sum = Requests(a);
  sum += Requests(b);
  return sum[Metric::kRequests];
}

std::int64_t Difference(std::int64_t a, std::int64_t b) {
  return (Requests(a) - Requests(b))[Metric::kRequests];
}

TEST(Amounts, AddEachMetricByItself) {
  Amounts sum;
  Amounts one;
  for (std::size_t i = 0; i < kMetricCount; ++i) one.values[i] = static_cast<std::int64_t>(i) + 1;
  sum += one;
  sum += one;
  for (std::size_t i = 0; i < kMetricCount; ++i) EXPECT_EQ(sum.values[i], 2 * one.values[i]);
  EXPECT_EQ(sum - one, one);
  EXPECT_TRUE((one - one).IsZero());
  EXPECT_FALSE(one.IsZero());
}

TEST(Amounts, SaturateInsteadOfOverflowing) {
  EXPECT_EQ(Sum(kMost, 1), kMost);
  EXPECT_EQ(Sum(kMost, kMost), kMost);
  EXPECT_EQ(Sum(kLeast, -1), kLeast);
  EXPECT_EQ(Sum(kMost, kLeast), -1);
  EXPECT_EQ(Difference(kMost, -1), kMost);
  EXPECT_EQ(Difference(kLeast, 1), kLeast);
  EXPECT_EQ(Difference(0, kLeast), kMost);
  EXPECT_EQ(Difference(kLeast, kLeast), 0);
}

TEST(TotalTokens, LeavesOutWhatIsInsideCacheCreate) {
  Amounts amounts;
  amounts[Metric::kRequests] = 7;
  amounts[Metric::kInputTokens] = 1;
  amounts[Metric::kOutputTokens] = 20;
  amounts[Metric::kCacheCreateTokens] = 300;
  amounts[Metric::kCacheReadTokens] = 4000;
  amounts[Metric::kEphemeral5mTokens] = 200;
  amounts[Metric::kEphemeral1hTokens] = 100;
  amounts[Metric::kCostMicros] = 999;
  EXPECT_EQ(amounts.TotalTokens(), 4321);
}

TEST(TotalTokens, Saturates) {
  Amounts amounts;
  amounts[Metric::kInputTokens] = kMost;
  amounts[Metric::kCacheReadTokens] = kMost;
  EXPECT_EQ(amounts.TotalTokens(), kMost);
}

TEST(MetricName, IsFoundAgainAndStandsInTheColumnsInItsOrder) {
  std::string columns;
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    const auto metric = static_cast<Metric>(i);
    EXPECT_EQ(MetricByName(MetricName(metric)), metric);
    columns += fmt::format("{}{}", i == 0 ? "" : ", ", MetricName(metric));
  }
  EXPECT_EQ(columns, kMetricColumns);
  EXPECT_EQ(MetricByName("inputTokens"), std::nullopt);
  EXPECT_EQ(MetricByName(""), std::nullopt);
}

}  // namespace

}  // namespace keymeter
