#include "processor/storage/money_writer.h"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

#include "processor/storage/window_writer.h"
#include "schema/civil_time.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kHour = 1'795'176'000;  // 2026-11-20T12:00:00Z

/// Series 1 is of an API key, series 2 of an account.
class MoneyWriterTest : public ::testing::Test {
 protected:
  MoneyWriterTest() {
    WriteBatch batch;
    batch.utc_offset_s = 0;
    batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}, {2, {EntityKind::kAccount, "a", "m"}}};
    Write(batch);
  }
  void Write(const WriteBatch& batch) {
    const Status written = writer_->Write(batch);
    ASSERT_TRUE(written) << written.error().message;
  }
  /// One request in a bucket, and what it cost.
  void Use(Level level, std::int64_t bucket, std::int64_t cost_micros, SeriesId series = 1) {
    WriteBatch batch;
    Amounts used;
    used[Metric::kRequests] = 1;
    used[Metric::kRealCostMicros] = cost_micros;
    batch.growth = {{level, bucket, series, used}};
    Write(batch);
  }
  [[nodiscard]] std::int64_t MoneyFrom() const {
    return std::stoll(testing::DatabaseRows(path_).Value("SELECT money_from FROM source_state"));
  }
  [[nodiscard]] std::string Value(const std::string& sql) const {
    return testing::DatabaseRows(path_).Value(sql);
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  std::optional<WindowWriter> writer_ = WindowWriter::Open(path_).value();
};

TEST_F(MoneyWriterTest, IsKnownFromTheBeginningWhereTheEarliestUsageHasMoney) {
  EXPECT_EQ(MoneyFrom(), 0);
  Use(Level::kMinute, kHour, 0);  // the request was read a moment before its money
  Use(Level::kMinute, kHour + 60, 5);
  EXPECT_EQ(MoneyFrom(), 0);
  Use(Level::kMinute, kHour + 7200, 0);
  EXPECT_EQ(MoneyFrom(), 0) << "a free request: the relay counts money by then";
}

TEST_F(MoneyWriterTest, IsNeverKnownWhereNothingHasMoney) {
  Use(Level::kHour, kHour, 0);
  Use(Level::kMinute, kHour + 3600, 0);
  EXPECT_EQ(MoneyFrom(), kNever);
  EXPECT_EQ(Value("SELECT group_concat(cost_usd IS NULL) FROM api_key_usage_hour"), "1,1");
  EXPECT_EQ(Value("SELECT total_cost_usd IS NULL FROM api_keys"), "1");
  EXPECT_EQ(Value("SELECT total_unpriced_requests FROM api_keys"), "2");
}

TEST_F(MoneyWriterTest, IsKnownFromTheEndOfTheHourOfTheUpgrade) {
  Use(Level::kHour, kHour, 0);
  Use(Level::kMinute, kHour + 3600, 0);
  Use(Level::kMinute, kHour + 3600 + 1200, 5);
  EXPECT_EQ(MoneyFrom(), kHour + 7200);
  Use(Level::kMinute, kHour + 7200, 7);
  Use(Level::kMinute, kHour + 10'800, 0);
  EXPECT_EQ(Value("SELECT group_concat(coalesce(real_cost_usd * 1e6, '?')) FROM api_key_usage_hour"),
            "?,5.0,7.0,0.0");
  EXPECT_EQ(Value("SELECT total_unpriced_requests FROM api_keys"), "5") << "the month began before";
}

TEST_F(MoneyWriterTest, DoesNotDependOnTheOrderInWhichHistoryIsRead) {
  const std::vector<std::pair<Level, std::int64_t>> months = {
      {Level::kMonth, BucketOf(Level::kMonth, kHour, 0)},
      {Level::kDay, BucketOf(Level::kDay, kHour, 0)},
      {Level::kHour, kHour}};
  for (const auto& [level, bucket] : months) Use(level, bucket, 5);
  EXPECT_EQ(MoneyFrom(), 0);
  Use(Level::kMonth, BucketOf(Level::kMonth, kHour - 40 * kDaySeconds, 0), 0);
  EXPECT_EQ(MoneyFrom(), kHour + 3600) << "an earlier month had none";
}

TEST_F(MoneyWriterTest, LooksAtWhatAnAuditTakes) {
  ASSERT_TRUE(writer_->RollUp(kHour + 86'400));
  WriteBatch batch;
  Amounts used;
  used[Metric::kRequests] = 3;
  batch.audit.emplace().days = {{Level::kDay, BucketOf(Level::kDay, kHour, 0), EntityKind::kApiKey, 1, used}};
  Write(batch);
  EXPECT_EQ(Value("SELECT requests || ' ' || (cost_usd IS NULL) FROM api_key_usage_day"), "3 1");
  EXPECT_EQ(MoneyFrom(), kNever);
}

TEST_F(MoneyWriterTest, KnowsKeysAfterARestartAndLooksAtNoAccount) {
  writer_.reset();
  writer_ = WindowWriter::Open(path_).value();
  Use(Level::kHour, kHour, 0, 2);
  EXPECT_EQ(MoneyFrom(), 0);
  Use(Level::kHour, kHour, 0);
  EXPECT_EQ(MoneyFrom(), kNever);
}

}  // namespace

}  // namespace keymeter::processor
