#include "processor/storage/stored_history.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

HistoryVerdict Of(std::int64_t relay, std::int64_t rows, std::int64_t adjusted) {
  return CompareHistory(Usage(relay), {Usage(rows), Usage(adjusted)});
}

}  // namespace

TEST(History, BeyondOurRowsIsGrowth) {
  EXPECT_EQ(Of(12, 7, 0).growth, Usage(5));
  EXPECT_TRUE(Of(7, 7, 0).growth.IsZero()) << "once is enough";
}

TEST(History, OfAHashThatWasResetCountsWhatItGrewSince) {
  EXPECT_EQ(Of(10, 12, 5).growth, Usage(3)) << "12 were ours, of which 5 were reset: 7, and 3 more";
}

TEST(History, WhereAnAdjustmentMayNotHaveHappenedToItCountsNothingTwice) {
  EXPECT_TRUE(Of(12, 12, 5).growth.IsZero()) << "its hour was corrected by 5, the day was not";
}

TEST(History, ThatFellIsLost) {
  EXPECT_EQ(Of(4, 7, 0).lost, Usage(3));
  EXPECT_TRUE(Of(4, 7, 3).lost.IsZero()) << "and is so once";
}

TEST(Drift, IsWhatNoAdjustmentExplains) {
  EXPECT_FALSE(IsDrift(7, 7, 0));
  EXPECT_TRUE(IsDrift(7, 8, 0));
  EXPECT_TRUE(IsDrift(8, 7, 0));
  EXPECT_FALSE(IsDrift(7, 12, 5));
  EXPECT_FALSE(IsDrift(12, 12, 5)) << "the hour was corrected, the day was not";
  EXPECT_TRUE(IsDrift(6, 12, 5));
  EXPECT_TRUE(IsDrift(13, 12, 5));
}

}  // namespace keymeter::processor
