#include "query-api/endpoints/entity_usage.h"

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

class EntityUsageAnswers : public ::testing::Test {
 protected:
  EntityUsageAnswers() {
    file_.Key("k1").Account("a1").Sql(
        "INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, cache_read) "
        "VALUES ('sonnet', 0, 0.001, 0.002, 0, 0, 0)");
    for (const std::string kind : {"api_key", "account"}) {
      const std::string id = kind == "account" ? "a1" : "k1";
      file_.Minute(kMinuteNow, {kind, id, "sonnet", 1})
          .Minute(kMinuteNow - 2 * kHourSeconds, {kind, id, "opus", 2})
          .Minute(kMinuteNow - 3 * kDaySeconds, {kind, id, "sonnet", 4})
          .Minute(kMinuteNow - 10 * kDaySeconds, {kind, id, "sonnet", 8})
          .Minute(kMinuteNow - 45 * kDaySeconds, {kind, id, "sonnet", 16});
    }
    file_.Covered(kMinuteNow - kDaySeconds, 30'000);
    for (const char* table : {"minute", "hour", "day", "month"})
      file_.Sql(fmt::format("UPDATE usage_{} SET real_cost_micros = cost_micros * 2", table));
  }

  [[nodiscard]] Json Key(const std::string& query) const {
    return api_.GetJson("/api/apikeys/k1/usage?" + query);
  }

  UsageFile file_;
  ApiUnderTest api_{file_.path()};
};

TEST_F(EntityUsageAnswers, HaveTheDocumentedShape) {
  const Json rows = Key("startDate=2026-11-17&endDate=2026-11-17");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(
      rows[0].dump(),
      R"({"bucket":"2026-11-16T16:00:00Z","date":"2026-11-17","requests":4,"inputTokens":40,"outputTokens":20,)"
      R"("cacheCreateTokens":0,"cacheReadTokens":0,"totalTokens":60,"cost":0.004,"realCost":0.008,)"
      R"("estimated":false,"coverage":0.0})");
  Json of_account = api_.GetJson("/api/accounts/a1/usage?startDate=2026-11-17&endDate=2026-11-17")[0];
  EXPECT_FALSE(of_account.contains("realCost"));
  EXPECT_DOUBLE_EQ(of_account["cost"], 40 * 0.001 + 20 * 0.002);
}

TEST_F(EntityUsageAnswers, HaveEveryBucketOfTheUsualSpanWithoutOne) {
  const struct {
    const char* granularity;
    std::size_t count;
    std::int64_t requests;
    const char* first;
  } cases[] = {{"minute", 1441, 3, "2026-11-19T12:34:00Z"},
               {"hourly", 25, 3, "2026-11-19T12:00:00Z"},
               {"daily", 31, 15, "2026-10-20T16:00:00Z"},
               {"weekly", 5, 15, "2026-10-18T16:00:00Z"},
               {"monthly", 13, 31, "2025-10-31T16:00:00Z"}};
  for (const auto& c : cases) {
    const Json rows = Key(fmt::format("granularity={}", c.granularity));
    EXPECT_EQ(rows.size(), c.count) << c.granularity;
    EXPECT_EQ(Sum(rows, "requests"), c.requests) << c.granularity;
    EXPECT_EQ(rows[0]["bucket"], c.first) << c.granularity;
  }
  EXPECT_EQ(Key(""), Key("granularity=daily"));
}

TEST_F(EntityUsageAnswers, NameDaysAndMonthsInTheSourcesOffset) {
  const Json weeks = Key("granularity=weekly");
  EXPECT_EQ(weeks.back()["bucket"], "2026-11-15T16:00:00Z");
  EXPECT_EQ(weeks.back()["date"], "2026-11-16");
  const Json months = Key("granularity=monthly");
  EXPECT_EQ(months.back()["bucket"], "2026-10-31T16:00:00Z");
  EXPECT_EQ(months.back()["month"], "2026-11");
  EXPECT_FALSE(months.back().contains("date"));
  for (const char* granularity : {"minute", "hourly"})
    for (const char* name : {"date", "month"})
      EXPECT_FALSE(Key(fmt::format("granularity={}", granularity))[0].contains(name)) << granularity << name;
}

TEST_F(EntityUsageAnswers, TakeDaysAndMomentsAndSayToWhereTheyWereSnapped) {
  const struct {
    const char* query;
    const char* start;
    const char* end;
  } cases[] = {
      {"startDate=2026-11-01&endDate=2026-11-02", "2026-10-31T16:00:00Z", "2026-11-02T16:00:00Z"},
      {"startDate=2026-11-01T00:30:00Z&endDate=2026-11-01T01:30:00Z&granularity=hourly",
       "2026-11-01T00:00:00Z", "2026-11-01T02:00:00Z"},
      {"startDate=2026-11-01T00:30:00Z&endDate=2026-11-01T01:30:00Z", "2026-10-31T16:00:00Z",
       "2026-11-01T16:00:00Z"},
      {"startDate=2026-11-18", "2026-11-17T16:00:00Z", "2026-11-20T16:00:00Z"},
      {"endDate=2026-11-18&granularity=hourly", "2026-11-17T16:00:00Z", "2026-11-18T16:00:00Z"},
      {"startDate=2026-11-04&endDate=2026-11-04&granularity=weekly", "2026-11-01T16:00:00Z",
       "2026-11-08T16:00:00Z"},
      {"startDate=1970-01-01&granularity=monthly", "1969-12-31T16:00:00Z", "2026-11-30T16:00:00Z"},
      {"startDate=9999-12-31&endDate=9999-12-31", "9999-12-30T16:00:00Z", "9999-12-31T16:00:00Z"},
  };
  for (const auto& c : cases) {
    const Response response = api_.Get(std::string("/api/apikeys/k1/usage?") + c.query);
    ASSERT_EQ(response.status, 200) << c.query << response.body;
    EXPECT_EQ(FormatRfc3339(std::stoll(*response.FindHeader("X-Start-Ms"))), c.start) << c.query;
    EXPECT_EQ(FormatRfc3339(std::stoll(*response.FindHeader("X-End-Ms"))), c.end) << c.query;
  }
}

TEST_F(EntityUsageAnswers, AreOfOneModelWhenAsked) {
  EXPECT_EQ(Sum(Key("model=opus"), "requests"), 2);
  EXPECT_EQ(Sum(Key("model=sonnet"), "requests"), 13);
  EXPECT_EQ(Sum(Key("model=none"), "requests"), 0);
  EXPECT_EQ(Sum(api_.GetJson("/api/accounts/a1/usage?model=opus"), "requests"), 2);
}

TEST_F(EntityUsageAnswers, SayWhatIsEstimatedAndCovered) {
  file_.Untimed(Level::kDay, BucketOf(Level::kDay, kNow - kDaySeconds, kOffset),
                {.entity = "k1", .requests = 9});
  const Json hours = Key("startDate=2026-11-19&endDate=2026-11-19&granularity=hourly");
  EXPECT_EQ(Sum(hours, "requests"), 9);
  EXPECT_EQ(hours[0]["estimated"], true);
  const Json days = Key("startDate=2026-11-19&endDate=2026-11-19");
  EXPECT_EQ(days[0]["requests"], 9);
  EXPECT_EQ(days[0]["estimated"], false);
  EXPECT_DOUBLE_EQ(Key("granularity=minute")[0]["coverage"], 0.5);
}

TEST_F(EntityUsageAnswers, AgreeWithTheViewsOfTheFile) {
  for (const auto& [granularity, level] : {std::pair("minute", "minute"), std::pair("hourly", "hour"),
                                           std::pair("daily", "day"), std::pair("monthly", "month")}) {
    for (const Json& row : Key(fmt::format("granularity={}", granularity))) {
      const std::int64_t bucket = *ParseRfc3339(row["bucket"].get<std::string>()) / 1000;
      const auto by_view = [&, level = level](const char* column) {
        return file_.Int(fmt::format(
            "SELECT coalesce(sum({}), 0) FROM api_key_usage_{} WHERE api_key = 'k1' AND bucket = {}", column,
            level, bucket));
      };
      EXPECT_EQ(row["requests"], by_view("requests")) << row;
      EXPECT_EQ(row["totalTokens"], by_view("total_tokens")) << row;
      EXPECT_DOUBLE_EQ(row["realCost"].get<double>() * 1e6, static_cast<double>(by_view("real_cost_micros")))
          << row;
    }
  }
}

TEST_F(EntityUsageAnswers, OfClosedDaysDoNotChangeWithTime) {
  const std::string target = "/api/apikeys/k1/usage?startDate=2026-11-01&endDate=2026-11-02";
  const std::string closed = *api_.Get(target).FindHeader("ETag");
  const std::string open = *api_.Get("/api/apikeys/k1/usage").FindHeader("ETag");
  api_.clock.AdvanceMs(60'000);
  EXPECT_EQ(api_.Get(target, {{"If-None-Match", closed}}).status, 304);
  EXPECT_EQ(api_.Get("/api/apikeys/k1/usage", {{"If-None-Match", open}}).status, 200);
}

TEST_F(EntityUsageAnswers, OfNobodyAreNotFound) {
  for (const char* path : {"/api/apikeys/a1/usage", "/api/accounts/k1/usage", "/api/apikeys/x%27--/usage"})
    EXPECT_EQ(api_.Get(path).status, 404) << path;
  file_.Minute(kMinuteNow, {.entity = "gone"});  // known by its usage alone
  EXPECT_EQ(api_.GetJson("/api/apikeys/gone/usage").size(), 31U);
}

TEST_F(EntityUsageAnswers, WhatIsWrongIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"startDate=today", "startDate takes"},
      {"endDate=2026-13-01", "endDate takes"},
      {"startDate=1969-12-30", "startDate takes times since 1970"},
      {"startDate=2026-11-02&endDate=2026-11-01", "startDate must be before endDate"},
      {"endDate=1970-01-01T00:00:00Z", "startDate must be before endDate"},
      {"granularity=yearly", "granularity takes one of daily, minute, hourly, weekly, monthly"},
      {"startDate=1980-01-01", "startDate, endDate and granularity: the span holds"},
      {"startDate=2026-01-01&granularity=minute", "startDate, endDate and granularity: "},
      {"startDate=2026-01-01&startDate=2026-01-02", "startDate stands twice"},
      {"start_ms=1", "unknown parameter start_ms"},
  };
  for (const auto& [query, says] : cases) {
    const Response response = api_.Get(std::string("/api/apikeys/k1/usage?") + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_EQ(DetailOf(response).find(says), 0U) << DetailOf(response);
  }
}

}  // namespace
}  // namespace keymeter::query_api
