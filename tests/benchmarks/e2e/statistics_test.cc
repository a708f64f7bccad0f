#include "benchmarks/program/e2e/statistics.h"

#include <gtest/gtest.h>

namespace keymeter::e2e {
namespace {

TEST(E2eStatistics, OfAnOddNumberHaveTheMiddleOne) {
  const Summary summary = Summarize({9, 1, 5});
  EXPECT_EQ(summary.median, 5);
  EXPECT_EQ(summary.low, 1);
  EXPECT_EQ(summary.high, 9);
  EXPECT_EQ(summary.count, 3U);
}

TEST(E2eStatistics, OfAnEvenNumberHaveTheMeanOfTheTwoInTheMiddle) {
  EXPECT_EQ(Summarize({1, 2, 4, 100}).median, 3);
}

TEST(E2eStatistics, OfNothingAreNothing) {
  EXPECT_EQ(Summarize({}).count, 0U);
}

}  // namespace
}  // namespace keymeter::e2e
