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

/// It was read before our rows were: what they hold beyond it came since.
TEST_F(HistoryWriterTest, TakesNoReadingThatMayBeOlderThanOurRowsForAFall) {
  WriteBatch batch;
  batch.growth = {{Level::kHour, Hour(3), 1, Usage(3)}};
  batch.history = {{Level::kDay, Hour(0), EntityKind::kApiKey, 1, Usage(5)}};
  batch.history_gap_ms = At("01:00:00");
  ASSERT_TRUE(writer_.Write(batch));
  EXPECT_EQ(Value("SELECT count(*) FROM adjustment"), "0");
  EXPECT_EQ(Value("SELECT sum(requests) FROM api_key_usage_day"), "8");
}

TEST_F(HistoryWriterTest, LeavesADayThatRetentionRemovedAlone) {
  ASSERT_TRUE(writer_.RollUp(Hour(36)));
  ASSERT_TRUE(writer_.retention().Advance(writer_.database(), {0, 0, Hour(24)}));
  Import(12);
  EXPECT_EQ(Value("SELECT count(*) FROM usage_untimed"), "0");
}

}  // namespace

}  // namespace keymeter::processor
