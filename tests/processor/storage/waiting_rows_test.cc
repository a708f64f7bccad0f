// Rows of zeros for minutes, and the lists of buckets: what stands in the tables, and when.

#include "processor/storage/waiting_rows.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "schema/civil_time.h"
#include "tests/processor/metering/values.h"
#include "tests/processor/storage/usage_database.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kEast = 8 * kHourSeconds;

class WaitingRowsTest : public ::testing::Test {
 protected:
  WaitingRowsTest() {
    EXPECT_TRUE(listed_.Prepare(database_));
    EXPECT_TRUE(waiting_.Prepare(database_));
  }

  void Add(std::string_view minute, SeriesId series) {
    const BatchContext context{0, kEast, 0, horizons_, changes_};
    ASSERT_TRUE(waiting_.AddFor({Level::kMinute, Minute(minute), series, Usage(1)}, context));
  }
  void Sql(const std::string& sql) { ASSERT_TRUE(database_.Execute(sql)) << sql; }
  [[nodiscard]] std::string Rows(std::string_view level) const {
    return testing::DatabaseRows(path_).Value(fmt::format(
        "SELECT group_concat(bucket || ' ' || series || ' ' || requests, ', ') FROM usage_{}", level));
  }
  [[nodiscard]] std::string Listed(std::string_view level) const {
    return testing::DatabaseRows(path_).Value(
        fmt::format("SELECT group_concat(bucket, ', ') FROM _{}_bucket", level));
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  Database database_ = MakeUsageDatabase(path_, 3);
  Horizons horizons_;
  BucketChanges changes_;
  ListedBuckets listed_;
  WaitingRows waiting_{listed_};
};

TEST_F(WaitingRowsTest, StandInTheHourDayAndMonthOfAMinute) {
  Add("16:30", 2);
  EXPECT_EQ(Rows("hour"), fmt::format("{} 2 0", Hour(16)));
  EXPECT_EQ(Rows("day"), fmt::format("{} 2 0", Hour(16))) << "midnight there";
  const std::int64_t november = ParseRfc3339("2026-10-31T16:00:00Z").value() / 1000;
  EXPECT_EQ(Rows("month"), fmt::format("{} 2 0", november));
  EXPECT_EQ(Listed("hour"), std::to_string(Hour(16)));
  EXPECT_EQ(Listed("day"), std::to_string(Hour(16)));
  EXPECT_EQ(Listed("month"), std::to_string(november));
  EXPECT_EQ(testing::DatabaseRows(path_).Value(
                "SELECT time || ' ' || local_time || ' ' || date || ' ' || month FROM _hour_bucket"),
            "2026-11-20T16:00:00Z 2026-11-21T00:00:00+08:00 2026-11-21 2026-11")
      << "by the batch's offset, which the file need not have yet";
}

TEST_F(WaitingRowsTest, AreWrittenOnceASeriesAndHour) {
  Add("12:30", 1);
  Sql("DELETE FROM usage_hour");
  Add("12:31", 1);
  EXPECT_EQ(Rows("hour"), "") << "the file is not asked again";
  Add("12:31", 2);
  Add("13:00", 1);
  EXPECT_EQ(Rows("hour"), fmt::format("{} 2 0, {} 1 0", Hour(12), Hour(13)));
}

TEST_F(WaitingRowsTest, LeaveWhatIsThere) {
  Sql(fmt::format("INSERT INTO usage_hour VALUES ({}, 1, 7, 0, 0, 0, 0, 0, 0, 0, 0)", Hour(12)));
  Add("12:30", 1);
  EXPECT_EQ(Rows("hour"), fmt::format("{} 1 7", Hour(12)));
}

TEST_F(WaitingRowsTest, AreWrittenAgainAfterTheyWereRolledBack) {
  Sql("BEGIN");
  Add("12:30", 1);
  Sql("ROLLBACK");
  waiting_.Forget();
  listed_.Forget();
  Add("12:30", 1);
  EXPECT_EQ(Rows("hour"), fmt::format("{} 1 0", Hour(12)));
  EXPECT_EQ(Listed("hour"), std::to_string(Hour(12)));
}

}  // namespace

}  // namespace keymeter::processor
