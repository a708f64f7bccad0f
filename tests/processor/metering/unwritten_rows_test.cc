#include "processor/metering/unwritten_rows.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

class UnwrittenRowsTest : public ::testing::Test {
 protected:
  WriteBatch Drained() {
    WriteBatch batch;
    rows_.Drain(batch, registry_);
    return batch;
  }

  SeriesRegistry registry_;
  UnwrittenRows rows_;
};

TEST_F(UnwrittenRowsTest, GivesEachNewSeriesOnce) {
  for (const char* id : {"a", "b"}) registry_.Intern(EntityKind::kApiKey, id, "m");
  rows_.SetDurableSeries(1);
  const WriteBatch batch = Drained();
  ASSERT_EQ(batch.new_series.size(), 1U);
  EXPECT_EQ(batch.new_series[0].first, 2U);
  EXPECT_EQ(batch.new_series[0].second.entity, "b");
  EXPECT_TRUE(Drained().new_series.empty());
}

TEST_F(UnwrittenRowsTest, GivesARefusedBatchAgainBeforeWhatCameMeanwhile) {
  registry_.Intern(EntityKind::kApiKey, "a", "m");
  rows_.AddGrowth({Level::kMinute, Minute("12:01")}, 1, Usage(3));
  rows_.AddGap({At("12:00:00"), At("12:01:00"), "restart"});
  rows_.AddAdjustment({At("12:01:00"), FallReason::kReset, Hour(12), 1, Usage(9)});
  const WriteBatch refused = Drained();
  rows_.AddGrowth({Level::kMinute, Minute("12:01")}, 1, Usage(4));
  rows_.AddGap({At("12:02:00"), At("12:03:00"), "disconnected"});
  rows_.Undrain(refused, 0);
  const WriteBatch again = Drained();
  ASSERT_EQ(again.growth.size(), 1U);
  EXPECT_EQ(again.growth[0].growth, Usage(7));
  ASSERT_EQ(again.gaps.size(), 2U);
  EXPECT_EQ(again.gaps[0].reason, "restart");
  EXPECT_EQ(again.adjustments.size(), 1U);
  EXPECT_EQ(again.new_series.size(), 1U);
}

TEST_F(UnwrittenRowsTest, SumsWhatAGapGaveBackByLevel) {
  rows_.AddRecovery(At("12:00:00"), Level::kHour, Usage(2));
  rows_.AddRecovery(At("12:00:00"), Level::kHour, Usage(3));
  rows_.AddRecovery(At("12:00:00"), Level::kTotal, Usage(100));
  rows_.AddRecovery(At("12:30:00"), Level::kMinute, Usage(1));
  const WriteBatch batch = Drained();
  ASSERT_EQ(batch.recoveries.size(), 2U);
  EXPECT_EQ(batch.recoveries[0].levels[1].requests, 5);
  EXPECT_EQ(batch.recoveries[1].gap_from_ms, At("12:30:00"));
}

}  // namespace

}  // namespace keymeter::processor
