#include <gtest/gtest.h>

#include "benchmarks/usage_file/history.h"
#include "schema/civil_time.h"
#include "schema/sqlite.h"
#include "tests/support/temp_dir.h"

namespace keymeter::usage_file {
namespace {

class UsageFileTest : public ::testing::Test {
 protected:
  UsageFileTest() {
    options_.path = directory_.File("keymeter.db");
    options_.keys = 60;
    options_.accounts = 10;
    options_.models = 5;
    options_.minute_rows = 20'000;
    options_.minute_days = 2;
    options_.days = 40;
    options_.end = 1'795'178'040;
  }
  std::int64_t Int(const std::string& sql) {
    auto database = Database::Open(options_.path, Database::Mode::kReadOnly);
    return database->QueryInt(sql).value_or(-1);
  }

  keymeter::testing::TempDir directory_;
  HistoryOptions options_;
};

TEST_F(UsageFileTest, EveryLevelIsTheSumOfTheFinerOne) {
  const auto counts = WriteHistory(options_);
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_NEAR(static_cast<double>(counts->minutes), 20'000, 2'000);
  for (const char* metric : {"requests", "cache_read_tokens", "cost_micros"}) {
    const auto sum = [&](const std::string& table, const std::string& where = "true") {
      return Int(fmt::format("SELECT sum({}) FROM {} WHERE {}", metric, table, where));
    };
    EXPECT_GT(sum("usage_hour"), 0);
    EXPECT_EQ(sum("usage_hour"), sum("usage_day"));
    EXPECT_EQ(sum("usage_day"), sum("usage_month"));
    EXPECT_EQ(sum("usage_minute"), sum("usage_hour", "bucket >= (SELECT min(bucket) FROM usage_minute)"));
  }
}

TEST_F(UsageFileTest, KeysAndAccountsCountTheSameRequests) {
  ASSERT_TRUE(WriteHistory(options_));
  const std::string of =
      "SELECT sum(requests) FROM usage_day u JOIN series s ON s.id = u.series WHERE s.kind = ";
  EXPECT_EQ(Int(of + "'api_key'"), Int(of + "'account'"));
  EXPECT_EQ(Int("SELECT count(*) FROM api_keys"), 60);
  EXPECT_EQ(Int("SELECT count(*) FROM unpriced_models"), 0);
}

TEST_F(UsageFileTest, ASteadyRelayUsesEachModelInItsShareOfTheMinutes) {
  options_.keys = 20;
  options_.models = 3;
  options_.days = 4;
  options_.active_share = 0.1;
  const auto counts = WriteHistory(options_);
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_EQ(counts->series, (20 + 10) * 3);
  const std::string of_keys = "FROM usage_minute u JOIN series s ON s.id = u.series WHERE s.kind = 'api_key'";
  const auto minutes =
      static_cast<double>(Int("SELECT (max(bucket) - min(bucket)) / 60 + 1 FROM usage_minute"));
  EXPECT_NEAR(static_cast<double>(Int("SELECT count(*) " + of_keys)) / (minutes * 20 * 3), 0.1, 0.005);
  for (const char* metric : {"requests", "cost_micros"}) {
    const auto sum = [&](const std::string& from) {
      return Int(fmt::format("SELECT sum({}) {}", metric, from));
    };
    EXPECT_EQ(sum("FROM usage_hour"), sum("FROM usage_day"));
    EXPECT_EQ(sum("FROM usage_day"), sum("FROM usage_month"));
    EXPECT_EQ(sum("FROM usage_minute"),
              sum("FROM usage_hour WHERE bucket >= (SELECT min(bucket) FROM usage_minute)"));
  }
  EXPECT_EQ(Int("SELECT sum(requests) " + of_keys),
            Int("SELECT sum(requests) FROM usage_minute") - Int("SELECT sum(requests) " + of_keys));
}

TEST_F(UsageFileTest, AFileThatHoldsUsageIsLeftAlone) {
  ASSERT_TRUE(WriteHistory(options_));
  const auto again = WriteHistory(options_);
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message.find("name a new file"), std::string::npos);
}

}  // namespace
}  // namespace keymeter::usage_file
