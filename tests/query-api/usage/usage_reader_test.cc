#include "query-api/usage/usage_reader.h"

#include <gtest/gtest.h>

#include "query-api/usage/bucket_list.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

class UsageReaderTest : public ::testing::Test {
 protected:
  UsageSummary Read(std::string_view kind, std::string_view entity) {
    Snapshot snapshot = std::move(*Snapshot::Take(pool_, clock_));
    auto reader = UsageReader::Make(snapshot, kind);
    EXPECT_TRUE(reader);
    return reader->Read(entity).value();
  }

  UsageFile file_;
  ManualClock clock_{kNowMs};
  ConnectionPool pool_{file_.path(), 1};
};

TEST_F(UsageReaderTest, AddsUpWhatIsRolledUpAndWhatIsNot) {
  file_.Minute(kMinuteNow, {.entity = "k1", .requests = 1})
      .Minute(kMinuteNow - 60, {.entity = "k1", .requests = 20})
      .Untimed(Level::kMonth, BucketOf(Level::kMonth, kNow, kOffset), {.entity = "k1", .requests = 300})
      .Minute(kMinuteNow - 60 * kDaySeconds, {.entity = "k1", .requests = 4000})
      .Minute(kMinuteNow, {.entity = "k2", .requests = 50'000});
  const UsageSummary usage = Read("api_key", "k1");
  EXPECT_EQ(usage.today.requests, 21);
  EXPECT_EQ(usage.month.requests, 321);
  EXPECT_EQ(usage.total.requests, 4321);
  EXPECT_DOUBLE_EQ(usage.rates.rpm(), 1 + 20 * 0.5);
}

TEST_F(UsageReaderTest, SumsAreThoseOfTheView) {
  for (std::int64_t day = 0; day < 50; ++day)
    file_.Minute(kMinuteNow - day * kDaySeconds, {.entity = "k1", .model = day % 2 == 0 ? "a" : "b"});
  file_.Key("k1");
  EXPECT_EQ(Read("api_key", "k1").total.requests,
            file_.Int("SELECT total_requests FROM api_keys WHERE api_key = 'k1'"));
}

TEST_F(UsageReaderTest, NobodyUsedNothing) {
  file_.Minute(kMinuteNow, {.entity = "k1"});
  EXPECT_EQ(Read("api_key", "k9").total, UsageSum());
  EXPECT_EQ(Read("account", "k1").total, UsageSum());
}

TEST_F(UsageReaderTest, AccountsCostWhatTheirPricesSay) {
  file_.Sql(
      "INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, cache_read) "
      "VALUES ('a', 0, 0.001, 0.002, 0, 0, 0)");
  file_.Minute(kMinuteNow, {.kind = "account", .entity = "a1", .model = "a", .requests = 2});
  EXPECT_NEAR(Read("account", "a1").total.cost_micros, (20 * 0.001 + 10 * 0.002) * 1e6, 1e-6);
}

TEST_F(UsageReaderTest, BucketsAreThoseThatHaveRows) {
  file_.Minute(kMinuteNow, {.entity = "k1"})
      .Minute(kMinuteNow, {.entity = "k2"})
      .Minute(kMinuteNow - 600, {.entity = "k1"})
      .Minute(kMinuteNow - 1200, {.entity = "k1"});
  Snapshot snapshot = std::move(*Snapshot::Take(pool_, clock_));
  using Buckets = std::vector<std::int64_t>;
  EXPECT_EQ(BucketsOf(snapshot, "usage_minute", kMinuteNow - 600).value(),
            (Buckets{kMinuteNow - 600, kMinuteNow}));
  EXPECT_EQ(BucketsOf(snapshot, "usage_minute", 0, kMinuteNow).value(),
            (Buckets{kMinuteNow - 1200, kMinuteNow - 600}));
  EXPECT_EQ(BucketsOf(snapshot, "usage_minute", kNow).value(), Buckets());
}

TEST(JsonArrayOf, IsOneParameterForJsonEach) {
  EXPECT_EQ(JsonArrayOf(std::vector<std::int64_t>{1, -2, 3}), "[1,-2,3]");
  EXPECT_EQ(JsonArrayOf(std::vector<std::uint32_t>{}), "[]");
}

}  // namespace
}  // namespace keymeter::query_api
