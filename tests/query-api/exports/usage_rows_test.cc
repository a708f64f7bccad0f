#include "query-api/exports/usage_rows.h"

#include <gtest/gtest.h>

#include "query-api/exports/account_usage_report.h"
#include "query-api/exports/usage_report.h"
#include "tests/support/gunzip.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

class UsageRows : public ::testing::Test {
 protected:
  [[nodiscard]] Json Rows(const std::string& query) {
    const Response response = api_.Get("/api/export/report" + query);
    EXPECT_EQ(response.status, 200) << response.body;
    return Json::parse(BodyOf(response));
  }
  [[nodiscard]] std::int64_t Sql(const std::string& view, const std::string& what, const std::string& where) {
    return file_.Int(fmt::format("SELECT coalesce(sum({}), 0) FROM {} WHERE {}", what, view, where));
  }

  UsageFile file_;
  ApiUnderTest api_{file_.path()};
};

TEST_F(UsageRows, UsageOfAccountsIsThatOfTheViewsAtEveryLevel) {
  const std::int64_t today = BucketOf(Level::kDay, kNow, kOffset);
  const std::int64_t month = BucketOf(Level::kMonth, today, kOffset);
  file_.Sql(fmt::format(
      "INSERT INTO price (model, valid_from, valid_until, input, output, cache_create, cache_create_1h, "
      "cache_read) VALUES ('sonnet', 0, {0}, 0.001, 0.002, 0, 0, 0), ('sonnet', {0}, 9223372036854775807, "
      "0.01, 0.02, 0, 0, 0)",
      month + 10 * kDaySeconds));
  file_.Account("a1", "platform = 'claude'");
  for (const std::int64_t day : {-40, -29, -15, -1, 0})
    file_.Minute(today + day * kDaySeconds, {.kind = "account", .entity = "a1", .requests = 8});
  file_.Minute(month, {.kind = "account", .entity = "a1", .requests = 3})
      .Minute(today, {.kind = "account", .entity = "a1", .model = "no price", .requests = 2})
      .Minute(kMinuteNow, {.kind = "account", .entity = "a2", .requests = 4});
  for (const auto& [granularity, view] :
       {std::pair("hourly", "hour"), std::pair("daily", "day"), std::pair("monthly", "month")}) {
    const Json rows =
        Rows(fmt::format("?type=accountUsage&format=json&granularity={}&startDate=2026-10-01", granularity));
    const std::string stored = fmt::format("account_usage_{}", view);
    const std::string since = fmt::format("bucket >= {}", month - 31 * kDaySeconds);
    EXPECT_EQ(static_cast<std::int64_t>(rows.size()), Sql(stored, "1", since));
    EXPECT_EQ(Sum(rows, "requests"), Sql(stored, "requests", since));
    EXPECT_EQ(Sum(rows, "totalTokens"), Sql(stored, "total_tokens", since));
    double cost = 0;
    std::int64_t unknown = 0;
    for (const Json& row : rows) {
      cost += row["cost"].is_null() ? 0 : row["cost"].get<double>();
      unknown += row["cost"].is_null() ? 1 : 0;
    }
    EXPECT_NEAR(cost, static_cast<double>(Sql(stored, "CAST(round(cost_usd * 1e6) AS INTEGER)", since)) / 1e6,
                1e-6);
    EXPECT_EQ(unknown, Sql(stored, "cost_usd IS NULL", since)) << granularity;
  }
}

TEST_F(UsageRows, OfAccountsSayASmallCostDigitByDigit) {
  file_.Account("a1").Minute(kMinuteNow, {.kind = "account", .entity = "a1"});
  file_.Sql(
      "INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, cache_read) "
      "VALUES ('sonnet', 0, 0.000005, 0, 0, 0, 0)");
  for (const char* type : {"accountUsage", "accounts"}) {
    const std::string report =
        BodyOf(api_.Get(fmt::format("/api/export/report?startDate=2026-11-20&type={}", type)));
    EXPECT_NE(report.find("0.00005"), std::string::npos) << report;
    EXPECT_EQ(report.find("5e-05"), std::string::npos) << report;
  }
}

TEST_F(UsageRows, AreSortedByNothing) {
  auto database = Database::Open(file_.path(), Database::Mode::kReadOnly);
  for (const Level level : {Level::kHour, Level::kDay, Level::kMonth})
    for (const UsageRowsSource* source : {&UsageReportSource(), &AccountUsageReportSource(level)}) {
      // The repriced costs of a month are summed by their view; nothing else needs a temporary tree.
      const bool is_month_of_accounts = level == Level::kMonth && source == &AccountUsageReportSource(level);
      const char* const unwanted = is_month_of_accounts ? "ORDER BY" : "B-TREE";
      auto plan = database->Prepare("EXPLAIN QUERY PLAN " + ClosedRowsSql(level, *source));
      ASSERT_TRUE(plan);
      plan->Bind(1, std::int64_t{0}).Bind(2, kNow);
      int steps = 0;
      for (; *plan->Step(); ++steps)
        EXPECT_EQ(plan->Text(3).find(unwanted), std::string::npos) << plan->Text(3);
      EXPECT_GT(steps, 0);
    }
}

}  // namespace
}  // namespace keymeter::query_api
