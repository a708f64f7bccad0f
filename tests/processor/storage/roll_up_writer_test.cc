#include "processor/storage/roll_up_writer.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"
#include "tests/processor/storage/usage_database.h"
#include "tests/support/database_rows.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kRollUpOffset = 8 * kHourSeconds;

class RollUpWriterTest : public ::testing::Test {
 protected:
  RollUpWriterTest() { EXPECT_TRUE(writer_.Prepare(database_)); }

  void Grow(std::int64_t minute, int series, int requests) {
    ASSERT_TRUE(database_.Execute(fmt::format(
        "INSERT INTO usage_minute VALUES ({}, {}, {}, 0, 0, 0, 0, 0, 0, 0, 1)", minute, series, requests)));
  }
  /// "BUCKET SERIES REQUESTS", … of a level.
  std::string Rows(std::string_view level) {
    return testing::DatabaseRows(path_).Value(fmt::format(
        "SELECT group_concat(bucket || ' ' || series || ' ' || requests, ', ') FROM usage_{}", level));
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  Database database_ = MakeUsageDatabase(path_, 3);
  RollUpWriter writer_;
};

TEST_F(RollUpWriterTest, AddsEachMinuteToItsHourDayAndMonth) {
  Grow(Minute("12:58"), 1, 2);
  Grow(Minute("12:59"), 1, 3);
  Grow(Minute("12:59"), 2, 10);
  Grow(Minute("13:00"), 1, 4);
  ASSERT_TRUE(writer_.Add(Minute("12:00"), Minute("13:01"), kRollUpOffset));
  EXPECT_EQ(Rows("hour"), fmt::format("{0} 1 5, {0} 2 10, {1} 1 4", Hour(12), Hour(13)));
  EXPECT_EQ(Rows("day"), fmt::format("{0} 1 9, {0} 2 10", Hour(-8)));
  const std::int64_t november = ParseRfc3339("2026-10-31T16:00:00Z").value() / 1000;
  EXPECT_EQ(Rows("month"), fmt::format("{0} 1 9, {0} 2 10", november));
}

TEST_F(RollUpWriterTest, TakesTheMinutesOfTheSpanOnly) {
  Grow(Minute("12:02"), 1, 1);
  Grow(Minute("12:03"), 1, 2);
  Grow(Minute("12:04"), 1, 4);
  ASSERT_TRUE(writer_.Add(Minute("12:03"), Minute("12:04"), 0));
  EXPECT_EQ(Rows("hour"), fmt::format("{} 1 2", Hour(12)));
  ASSERT_TRUE(writer_.Add(Minute("12:04"), Minute("12:30"), 0));
  EXPECT_EQ(Rows("hour"), fmt::format("{} 1 6", Hour(12)));
}

TEST_F(RollUpWriterTest, ADayBeginsAtItsOwnMidnight) {
  Grow(Minute("15:59"), 1, 1);
  Grow(Minute("16:00"), 1, 2);
  ASSERT_TRUE(writer_.Add(0, Minute("17:00"), kRollUpOffset));
  EXPECT_EQ(Rows("day"), fmt::format("{} 1 1, {} 1 2", Hour(-8), Hour(16)));
}

}  // namespace

}  // namespace keymeter::processor
