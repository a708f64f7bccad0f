#include "query-api/endpoints/account_cost.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

constexpr std::int64_t kToday = kHourNow - 20 * kHourSeconds;   // 2026-11-20 at +08:00
constexpr std::int64_t kMonth = kToday - 19 * kDaySeconds;      // 2026-11-01
constexpr std::int64_t kLastMonth = kMonth - 31 * kDaySeconds;  // 2026-10-01

/// A request is ten tokens of input and five of output; "sonnet" costs 1 and 2 USD for a token until
/// 2026-11-10, ten times as much since then.
class AccountCosts : public ::testing::Test {
 protected:
  AccountCosts() {
    file_.Account("a1")
        .Account("a2", "name = 'unused'")
        .Sql(fmt::format("INSERT INTO price (model, valid_from, valid_until, input, output, cache_create, "
                         "cache_create_1h, cache_read) "
                         "VALUES ('sonnet', 0, {0}, 1, 2, 3, 4, 5), ('sonnet', {0}, 9223372036854775807, 10, "
                         "20, 30, 40, 50), "
                         "('cheap', 0, 9223372036854775807, 0.00000025, 0.0000001, 0, 0, 0)",
                         kMonth + 9 * kDaySeconds));
  }

  static Used Of(std::int64_t requests, const std::string& model = "sonnet",
                 const std::string& account = "a1") {
    return {.kind = "account", .entity = account, .model = model, .requests = requests};
  }
  [[nodiscard]] Json Cost(const std::string& query = "") const {
    return api_.GetJson("/api/accounts/a1/cost" + query);
  }

  UsageFile file_;
  ApiUnderTest api_{file_.path()};
};

TEST_F(AccountCosts, HaveTheDocumentedShape) {
  file_.Minute(kMinuteNow - 60, Of(2)).Minute(kMinuteNow, Of(1)).Minute(kMinuteNow - 60, Of(5, "other"));
  file_.Sql(
      "UPDATE usage_minute SET cache_create_tokens = 5, ephemeral_1h_tokens = 2, cache_read_tokens = 7 "
      "WHERE requests = 1");
  EXPECT_EQ(Cost(),
            (Json{{"from", "2026-11-19T16:00:00Z"},
                  {"to", "2026-11-20T16:00:00Z"},
                  {"total", 1120.0},
                  {"unpricedRequests", 5},
                  {"byModel",
                   {{{"model", "sonnet"},
                     {"requests", 3},
                     {"tokens", {{"input", 30}, {"output", 15}, {"cacheCreate", 5}, {"cacheRead", 7}}},
                     {"cost",
                      {{"input", 300.0},
                       {"output", 300.0},
                       {"cacheCreate", 3 * 30.0 + 2 * 40.0},
                       {"cacheRead", 350.0},
                       {"total", 1120.0}}},
                     {"priced", true},
                     {"unpricedRequests", 0},
                     {"lowerBound", false}},
                    {{"model", "other"},
                     {"requests", 5},
                     {"tokens", {{"input", 50}, {"output", 25}, {"cacheCreate", 0}, {"cacheRead", 0}}},
                     {"cost",
                      {{"input", nullptr},
                       {"output", nullptr},
                       {"cacheCreate", nullptr},
                       {"cacheRead", nullptr},
                       {"total", nullptr}}},
                     {"priced", false},
                     {"unpricedRequests", 5},
                     {"lowerBound", false}}}}}));
}

TEST_F(AccountCosts, AreUnknownWhereNothingHasAPrice) {
  file_.Minute(kMinuteNow, Of(5, "other"));
  const Json cost = Cost();
  EXPECT_EQ(cost.at("total"), nullptr);
  EXPECT_EQ(cost.at("unpricedRequests"), 5);
}

TEST_F(AccountCosts, ArePricedByEachDay) {
  file_.Minute(kMonth + 8 * kDaySeconds, Of(1))
      .Minute(kMonth + 9 * kDaySeconds, Of(1))
      .Minute(kMinuteNow, Of(2));
  const std::pair<std::string, double> cases[] = {{"?date=2026-11-09", 20},
                                                  {"?date=2026-11-10", 200},
                                                  {"?date=2026-11-20", 400},
                                                  {"", 400},
                                                  {"?startDate=2026-11-09&endDate=2026-11-10", 220},
                                                  {"?startDate=2026-11-01", 620},
                                                  {"?startDate=2026-10-01&endDate=2026-10-31", 0}};
  for (const auto& [query, total] : cases) EXPECT_EQ(Cost(query).at("total"), total) << query;
  EXPECT_EQ(Cost("?date=2026-10-01").at("byModel"), Json::array());
}

TEST_F(AccountCosts, OfAWholeMonthHoldWhatIsKnownToTheMonthOnly) {
  file_.Minute(kLastMonth, Of(1))
      .Untimed(Level::kMonth, kLastMonth, Of(3))
      .Untimed(Level::kDay, kLastMonth, Of(2));
  EXPECT_EQ(Cost("?startDate=2026-10-01&endDate=2026-10-31").at("total"), 6 * 20.0);
  EXPECT_EQ(Cost("?startDate=2026-10-01&endDate=2026-10-30").at("total"), 3 * 20.0);
}

TEST_F(AccountCosts, AddUpToTheLastDigitShown) {
  // 0.25 and 0.1 millionths a token: each kind is rounded once, over the whole span.
  for (int day = 0; day < 20; ++day) file_.Minute(kMonth + day * kDaySeconds, Of(1 + day % 3, "cheap"));
  file_.Minute(kMonth, Of(1));
  const Json cost = Cost("?startDate=2026-11-01&endDate=2026-11-20");
  double total = 0;
  for (const Json& model : cost.at("byModel")) {
    const Json& kinds = model.at("cost");
    double of_model = 0;
    for (const char* kind : {"input", "output", "cacheCreate", "cacheRead"}) {
      const double micros = kinds.at(kind).get<double>() * 1e6;
      EXPECT_NEAR(micros, std::round(micros), 1e-6);
      of_model += std::round(micros);
    }
    EXPECT_EQ(std::round(kinds.at("total").get<double>() * 1e6), of_model);
    total += of_model;
  }
  EXPECT_EQ(std::round(cost.at("total").get<double>() * 1e6), total);
  // 39 requests: 390 tokens of input are 97.5 millionths, 195 of output 19.5.
  EXPECT_DOUBLE_EQ(cost.at("byModel")[1].at("cost").at("input"), 98e-6);
  EXPECT_DOUBLE_EQ(cost.at("byModel")[1].at("cost").at("output"), 20e-6);
}

TEST_F(AccountCosts, SayWhenARequestMayHaveCostMore) {
  file_.Sql("UPDATE price SET long_above = 100, long_input = 20 WHERE model = 'sonnet'");
  file_.Minute(kMinuteNow - 60, Of(10)).Minute(kMinuteNow - kDaySeconds, Of(10));
  EXPECT_EQ(Cost("?startDate=2026-11-19").at("byModel")[0].at("lowerBound"), false);
  file_.Minute(kMinuteNow, Of(1));  // of the same day, not rolled up yet
  EXPECT_EQ(Cost().at("byModel")[0].at("lowerBound"), true);
}

TEST_F(AccountCosts, AreNotThereForAnUnknownAccount) {
  EXPECT_EQ(api_.Get("/api/accounts/nobody/cost").status, 404);
  EXPECT_EQ(api_.GetJson("/api/accounts/a2/cost").at("total"), 0.0);
}

TEST_F(AccountCosts, RefuseWrongParametersByName) {
  const std::pair<std::string, std::string> cases[] = {{"date=x", "date takes"},
                                                       {"startDate=x", "startDate takes"},
                                                       {"startDate=2026-11-20&endDate=x", "endDate takes"},
                                                       {"endDate=2026-11-20", "endDate needs"}};
  for (const auto& [query, says] : cases) {
    const Response response = api_.Get("/api/accounts/a1/cost?" + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_EQ(DetailOf(response).rfind(says, 0), 0U) << DetailOf(response);
  }
  EXPECT_EQ(api_.Get("/api/accounts/a1/cost?model=x").status, 400);
}

TEST_F(AccountCosts, AreNotSentAgainUntilPricesOrUsageChange) {
  const std::string etag = *api_.Get("/api/accounts/a1/cost").FindHeader("ETag");
  EXPECT_EQ(api_.Get("/api/accounts/a1/cost", {{"If-None-Match", etag}}).status, 304);
  file_.Sql("UPDATE source_state SET data_version = data_version + 1");
  EXPECT_EQ(api_.Get("/api/accounts/a1/cost", {{"If-None-Match", etag}}).status, 200);
}

// -- Other answers that hold the cost of an account.

TEST_F(AccountCosts, OfAMonthAreThoseOfItsDaysEverywhere) {
  file_.Minute(kMonth, Of(1)).Minute(kMonth + 9 * kDaySeconds, Of(1)).Minute(kMinuteNow - 60, Of(1));
  file_.Minute(kMinuteNow, Of(1)).Minute(kLastMonth, Of(1));
  const double month = 20 + 3 * 200;
  EXPECT_EQ(Cost("?startDate=2026-11-01").at("total"), month);
  const Json stats = api_.GetJson("/api/accounts/a1/usage-stats");
  EXPECT_EQ(stats.at("today").at("cost"), 400.0);
  EXPECT_EQ(stats.at("month").at("cost"), month);
  EXPECT_EQ(stats.at("total").at("cost"), month + 20);
  EXPECT_EQ(api_.GetJson("/api/accounts/a1").at("usage").at("month").at("cost"), month);
  const Json months = api_.GetJson(fmt::format(
      "/api/stats/series?unit=month&accountId=a1&start_ms={}&end_ms={}", kLastMonth * 1000, kNowMs));
  ASSERT_EQ(months.size(), 2U);
  EXPECT_EQ(months[0].at("cost"), 20.0);
  EXPECT_EQ(months[1].at("cost"), month);
  EXPECT_EQ(months[1].at("reqs"), 4);
}

TEST_F(AccountCosts, AndUsageOfAllAccountsAddUpToTheOverall) {
  file_.Minute(kMinuteNow, Of(2))
      .Minute(kMonth, Of(1, "sonnet", "a2"))
      .Minute(kMinuteNow, Of(3, "other", "a2"));
  const Json stats = api_.GetJson("/api/accounts/usage-stats");
  ASSERT_EQ(stats.at("accounts").size(), 2U);
  EXPECT_EQ(stats.at("accounts")[1].at("accountId"), "a2");
  EXPECT_EQ(stats.at("accounts")[1].at("accountName"), "unused");
  EXPECT_EQ(stats.at("accounts")[1].at("today").at("requests"), 3);
  EXPECT_EQ(stats.at("accounts")[1].at("month").at("cost"), 20.0);
  EXPECT_EQ(stats.at("overall").at("today").at("requests"), 5);
  EXPECT_EQ(stats.at("overall").at("today").at("cost"), 400.0);
  EXPECT_EQ(stats.at("overall").at("month").at("cost"), 420.0);
  EXPECT_EQ(stats.at("overall").at("total").at("totalTokens"), 6 * 15);
  EXPECT_EQ(api_.Get("/api/accounts/nobody/usage-stats").status, 404);
}

}  // namespace
}  // namespace keymeter::query_api
