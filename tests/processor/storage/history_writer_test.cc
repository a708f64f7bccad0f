#include "processor/storage/history_writer.h"

#include <gtest/gtest.h>

#include "processor/storage/window_writer.h"
#include "tests/processor/metering/values.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

/// Series 1 grew by 5 on the day, and there is a gap that begins at 01:00.
class HistoryWriterTest : public ::testing::Test {
 protected:
  HistoryWriterTest() {
    WriteBatch batch;
    batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}};
    batch.growth = {{Level::kMinute, Minute("12:03"), 1, Usage(5)}};
    batch.gaps = {{At("01:00:00"), At("02:00:00"), "restart"}};
    EXPECT_TRUE(writer_.Write(batch));
  }

  /// The relay holds `requests` of the day.
  void Import(std::int64_t requests) {
    WriteBatch batch;
    batch.history = {{Level::kDay, Hour(0), EntityKind::kApiKey, 1, Usage(requests)}};
    batch.history_gap_ms = At("01:00:00");
    ASSERT_TRUE(writer_.Write(batch));
  }
  /// Growth of 3 and what the relay held of the day, in one batch: nobody knows which was read first.
  HistoryFindings ImportWithGrowth(std::int64_t requests, bool is_of_entity = false) {
    WriteBatch batch;
    batch.growth = {{Level::kHour, Hour(3), 1, Usage(3)}};
    const SeriesId series = is_of_entity ? 2 : 1;
    batch.history = {{Level::kDay, Hour(0), EntityKind::kApiKey, series, Usage(requests)}};
    batch.history[0].is_of_entity = is_of_entity;
    batch.history_gap_ms = At("01:00:00");
    batch.history_due_from_ms = -1;
    EXPECT_TRUE(writer_.Write(batch));
    return writer_.TakeHistoryFindings().value();
  }
  [[nodiscard]] std::string Value(const std::string& sql) const {
    return testing::DatabaseRows(path_).Value(sql);
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  WindowWriter writer_ = WindowWriter::Open(path_).value();
};

TEST_F(HistoryWriterTest, AddsWhatTheRelayHoldsBeyondOurRowsToTheDayUntimed) {
  Import(12);
  EXPECT_EQ(Value("SELECT sum(requests) FROM api_key_usage_day"), "12");
  EXPECT_EQ(Value("SELECT level || ' ' || requests FROM usage_untimed"), "day 7");
  EXPECT_EQ(Value("SELECT day_requests FROM gap"), "7") << "recovered of the gap";
}

TEST_F(HistoryWriterTest, AddsNothingTwice) {
  Import(12);
  Import(12);
  EXPECT_EQ(Value("SELECT sum(requests) FROM api_key_usage_day"), "12");
}

TEST_F(HistoryWriterTest, WritesAFallAsAnAdjustmentOfTheDay) {
  Import(4);
  EXPECT_EQ(Value("SELECT level || ' ' || reason || ' ' || requests FROM adjustment"), "day rollback 1");
  EXPECT_EQ(Value("SELECT sum(requests) FROM api_key_usage_day"), "5");
}

TEST_F(HistoryWriterTest, TakesNoReadingThatMayBeOlderThanOurRowsForAFall) {
  EXPECT_EQ(ImportWithGrowth(5).overtaken, 1);
  EXPECT_EQ(Value("SELECT count(*) FROM adjustment"), "0");
  EXPECT_EQ(Value("SELECT sum(requests) FROM api_key_usage_day"), "8");
  EXPECT_EQ(Value("SELECT history_due_from_ms FROM source_state"), std::to_string(At("01:00:00")))
      << "a crash does not lose that it is to be read anew";
}

TEST_F(HistoryWriterTest, WritesAFallThatCameWithGrowthOnceItIsReadAnew) {
  EXPECT_EQ(ImportWithGrowth(6).overtaken, 1);
  Import(6);
  EXPECT_EQ(Value("SELECT level || ' ' || reason || ' ' || requests FROM adjustment"), "day rollback 2");
}

/// The relay's day was never reset, only its hour: the reading is of the time before the growth.
TEST_F(HistoryWriterTest, CountsNothingTwiceWhereAnAdjustmentSeemsToExplainAnOlderReading) {
  WriteBatch batch;
  batch.adjustments = {{At("12:30:00"), FallReason::kReset, Hour(12), 1, Usage(4)}};
  ASSERT_TRUE(writer_.Write(batch));
  EXPECT_EQ(ImportWithGrowth(5).overtaken, 1);
  EXPECT_EQ(Value("SELECT sum(requests) FROM api_key_usage_day"), "8");
}

TEST_F(HistoryWriterTest, TakesWhatIsBeyondOurRowsHoweverOldItMayBe) {
  EXPECT_EQ(ImportWithGrowth(9).overtaken, 0);
  EXPECT_EQ(Value("SELECT sum(requests) FROM api_key_usage_day"), "9");
  EXPECT_EQ(Value("SELECT history_due_from_ms FROM source_state"), "-1");
}

TEST_F(HistoryWriterTest, AnEntitysReadingMayBeOlderThanTheRowsOfItsModels) {
  WriteBatch batch;
  batch.new_series = {{2, {EntityKind::kApiKey, "k", ""}}};
  ASSERT_TRUE(writer_.Write(batch));
  EXPECT_EQ(ImportWithGrowth(5, true).overtaken, 1);
}

TEST_F(HistoryWriterTest, LeavesADayThatRetentionRemovedAlone) {
  ASSERT_TRUE(writer_.RollUp(Hour(36)));
  ASSERT_TRUE(writer_.retention().Advance(writer_.database(), {0, 0, Hour(24)}));
  Import(12);
  EXPECT_EQ(Value("SELECT count(*) FROM usage_untimed"), "0");
}

}  // namespace

}  // namespace keymeter::processor
