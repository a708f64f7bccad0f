#include "query-api/usage/price_table.h"

#include <gtest/gtest.h>

#include "query-api/snapshot/catalog_cache.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

class PriceTableTest : public ::testing::Test {
 protected:
  PriceTableTest() {
    file_.Minute(kMinuteNow, {.kind = "account", .entity = "a1", .model = "a"})
        .Minute(kMinuteNow, {.kind = "account", .entity = "a1", .model = "b"})
        .Sql(fmt::format("INSERT INTO price (model, valid_from, valid_until, input, output, cache_create, "
                         "cache_create_1h, cache_read) VALUES ('a', 0, {0}, 1, 2, 3, 4, 5), "
                         "('a', {0}, {1}, 10, 20, 30, 40, 50), ('unused', 0, {1}, 1, 1, 1, 1, 1)",
                         kMidMonth, kMonthNext));
    snapshot_.emplace(std::move(*Snapshot::Take(pool_, clock_)));
    catalog_ = catalogs_.Of(*snapshot_).value();
  }

  static inline const std::int64_t kMonthNow = BucketOf(Level::kMonth, kNow, kOffset);
  static inline const std::int64_t kMidMonth = kMonthNow + 14 * kDaySeconds;
  static inline const std::int64_t kMonthNext = NextBucket(Level::kMonth, kMonthNow, kOffset);

  UsageFile file_;
  ManualClock clock_{kNowMs};
  ConnectionPool pool_{file_.path(), 1};
  CatalogCache catalogs_;
  std::optional<Snapshot> snapshot_;
  std::shared_ptr<const SeriesCatalog> catalog_;
};

TEST_F(PriceTableTest, FindsThePriceOfTheBucketsTime) {
  const auto table = PriceTable::Read(*snapshot_, *catalog_).value();
  EXPECT_EQ(table.Find(0, kMidMonth - 60)->input, 1);
  EXPECT_EQ(table.Find(0, kMidMonth)->input, 10);
  EXPECT_EQ(table.Find(0, kMonthNext), nullptr) << "none is valid any more";
  EXPECT_EQ(table.Find(1, kMidMonth), nullptr) << "a model without a price";
  EXPECT_EQ(table.Find(7, kMidMonth), nullptr) << "a model that the table does not know";
}

TEST_F(PriceTableTest, NamesTheMonthsInWhichAPriceChanges) {
  const auto table = PriceTable::Read(*snapshot_, *catalog_).value();
  EXPECT_EQ(table.MonthsOfChange(kOffset), std::vector<std::int64_t>{kMonthNow});
}

TEST(PriceOfARow, TokensKeptForAnHourHaveTheirOwnPrice) {
  const PriceTable::Price price{0, 1, 1, 2, 3, 4, 5};
  const BlockRow row{1, 10, 20, 30, 40, 6, 777, 888};
  EXPECT_DOUBLE_EQ(price.CostMicros(row), (10 * 1 + 20 * 2 + (30 - 6) * 3 + 6 * 4 + 40 * 5) * 1e6);
  EXPECT_EQ(SumOfAccountRow(row, &price).cost_micros, price.CostMicros(row));
  EXPECT_EQ(SumOfAccountRow(row, &price).unpriced_requests, 0);
  EXPECT_TRUE(SumOfAccountRow(row, &price).IsCostKnown());
  EXPECT_EQ(SumOfKeyRow(row, true).cost_micros, 777);
  EXPECT_EQ(SumOfKeyRow(row, true).real_cost_micros, 888);
  EXPECT_EQ(SumOfKeyRow(row, true).TotalTokens(), 100);
}

TEST(PriceOfARow, IsUnknownNotZeroWithoutAPrice) {
  const PriceTable::Price price{0, 1, 1, 2, 3, 4, 5};
  const BlockRow row{2, 10, 20, 30, 40, 6, 0, 0};
  UsageSum sum = SumOfAccountRow(row, nullptr);
  EXPECT_EQ(sum.unpriced_requests, 2);
  EXPECT_EQ(sum.unpriced_tokens, 100);
  EXPECT_FALSE(sum.IsCostKnown());
  EXPECT_EQ(sum.CostUsd(), std::nullopt);
  sum += SumOfAccountRow(row, &price);
  EXPECT_EQ(sum.CostUsd(), UsdOfMicros(price.CostMicros(row))) << "and the rest is counted beside it";
  EXPECT_EQ(sum.unpriced_requests, 2);
  EXPECT_EQ(UsageSum().CostUsd(), 0.0) << "no usage costs nothing";
}

TEST(PriceOfARow, IsShownWithoutTheNoiseOfBinaryFractions) {
  EXPECT_EQ(UsdOfMicros(799'999.9999999999), 0.8);
  EXPECT_EQ(UsdOfMicros(1.28), 1e-06) << "to a millionth";
}

}  // namespace
}  // namespace keymeter::query_api
