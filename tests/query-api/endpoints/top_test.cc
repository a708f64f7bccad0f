#include "query-api/endpoints/top.h"

#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "query-api/endpoints/top_query.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

constexpr std::int64_t kTopToday = kHourNow - 20 * kHourSeconds;      // 2026-11-20 at +08:00
constexpr std::int64_t kTopMonth = kTopToday - 19 * kDaySeconds;      // 2026-11-01
constexpr std::int64_t kTopLastMonth = kTopMonth - 31 * kDaySeconds;  // 2026-10-01

/// Four keys and three accounts of two platforms that were used for 60 days, up to now.
class StatsTop : public ::testing::Test {
 protected:
  StatsTop() {
    file_.Key("k1", "first")
        .Key("k2", "second")
        .Key("k3")
        .Account("a1", "platform = 'claude'")
        .Account("a2", "platform = 'claude'")
        .Account("a3", "platform = 'gemini'")
        .Group("g1", "one group", {"a1", "a2"})
        .Group("g2", "another", {"a2"})
        .Sql("BEGIN");
    std::int64_t step = 0;
    for (const char* id : {"k1", "k2", "k3", "k4", "a1", "a2", "a3"})
      for (const char* model : {"sonnet", "opus"}) {
        const Used used{.kind = id[0] == 'a' ? "account" : "api_key",
                        .entity = id,
                        .model = model,
                        .requests = 1 + step % 5};
        ++step;
        for (std::int64_t i = 0; i < 24; ++i)
          file_.Minute(kMinuteNow - i * i * (130 + step * 3) * kMinuteSeconds, used);
      }
    file_.Sql(
        "COMMIT; INSERT INTO price (model, valid_from, valid_until, input, output, cache_create, "
        "cache_create_1h, cache_read) VALUES ('sonnet', 0, 9223372036854775807, 0.001, 0.002, 0, 0, 0)");
  }

  static std::string TopTarget(std::int64_t from, std::int64_t to, const std::string& more) {
    return fmt::format("/api/stats/top?start_ms={}&end_ms={}{}", from * 1000, to * 1000, more);
  }
  /// A sum over a view.
  double Stored(const std::string& what, const std::string& view, std::int64_t from, std::int64_t to,
                const std::string& where) {
    return static_cast<double>(file_.Int(
               fmt::format("SELECT CAST(round(coalesce(sum({}), 0) * 1000000) AS INTEGER) FROM {} u "
                           "WHERE bucket >= {} AND bucket < {} AND {}",
                           what, view, from, to, where))) /
           1e6;
  }
  /// Nothing of it has a price: then the cost is null, and not 0.
  bool HasNoCost(const std::string& view, std::int64_t from, std::int64_t to, const std::string& where) {
    return file_.Int(fmt::format("SELECT count(*) > 0 AND count(cost_usd) = 0 FROM {} u WHERE bucket >= {} "
                                 "AND bucket < {} AND {}",
                                 view, from, to, where)) != 0;
  }
  /// That an answer over minutes is what the views hold, for each name of `column`.
  void ExpectAsInViews(const std::string& by, const std::string& view, const std::string& condition) {
    for (const auto& [from, to] :
         {std::pair(kNow - kDaySeconds - 1000, kNow + 60), std::pair(kTopMonth - 5000, kNow + 60),
          std::pair(kTopLastMonth - 3 * kDaySeconds - 7000,
                    kTopMonth + 5 * kDaySeconds + 3 * kHourSeconds + 120),
          std::pair(kTopLastMonth, kTopMonth), std::pair(kTopToday, kTopToday + kDaySeconds)}) {
      const Response response = api_.Get(TopTarget(from, to, "&by=" + by));
      ASSERT_EQ(response.status, 200) << response.body;
      const std::int64_t first = std::stoll(*response.FindHeader("X-Start-Ms")) / 1000;
      const std::int64_t last = std::stoll(*response.FindHeader("X-End-Ms")) / 1000;
      EXPECT_EQ(first, from / 60 * 60 - (from % 60 < 0 ? 60 : 0));
      const Json rows = Json::parse(response.body);
      EXPECT_FALSE(rows.empty());
      std::int64_t rank = 1;
      double before = 1e18;
      for (const Json& row : rows) {
        const std::string where = fmt::format(fmt::runtime(condition), row["id"].get<std::string>());
        EXPECT_EQ(row["reqs"].get<double>(), Stored("requests", view, first, last, where)) << row.dump();
        EXPECT_EQ(row["tokens"].get<double>(), Stored("total_tokens", view, first, last, where));
        EXPECT_EQ(row["cost"].is_null(), HasNoCost(view, first, last, where)) << row.dump();
        EXPECT_NEAR(row["cost"].is_null() ? 0 : row["cost"].get<double>(),
                    Stored("cost_usd", view, first, last, where), 1e-6);
        EXPECT_NEAR(row["share"].get<double>(),
                    row["reqs"].get<double>() / Stored("requests", view, first, last, "true"), 1e-6);
        EXPECT_EQ(row["rank"], rank++);
        EXPECT_EQ(row["estimated"], false);
        EXPECT_LE(row["reqs"].get<double>(), before);
        before = row["reqs"].get<double>();
      }
    }
  }

  UsageFile file_;
  ApiUnderTest api_{file_.path()};
};

TEST_F(StatsTop, RowsHaveTheDocumentedShape) {
  file_.Minute(kMinuteNow - 120, {.entity = "k1", .requests = 1000});
  const Json rows = api_.GetJson(TopTarget(kMinuteNow - 120, kMinuteNow - 60, ""));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].dump(),
            R"({"id":"k1","name":"first","reqs":1000,"tokens":15000,"cost":1.0,"quota_sum":1.0,"share":1.0,)"
            R"("rank":1,"estimated":false,"token_id":"k1","token_name":"first"})");
}

TEST_F(StatsTop, SumsOfKeysAgreeWithTheViews) {
  ExpectAsInViews("apikey", "api_key_usage_minute", "api_key = '{}'");
  ExpectAsInViews("model", "api_key_usage_minute", "model = '{}'");
}

TEST_F(StatsTop, SumsOfAccountsAgreeWithTheViews) {
  ExpectAsInViews("account", "account_usage_minute", "account = '{}'");
  ExpectAsInViews("platform", "account_usage_minute", "platform = '{}'");
  ExpectAsInViews("group", "account_usage_minute",
                  "account IN (SELECT account FROM group_member WHERE group_id = '{}')");
}

TEST_F(StatsTop, APriceThatChangesInTheMonthIsThatOfItsDays) {
  file_.Sql(
      fmt::format("UPDATE price SET valid_until = {0}; INSERT INTO price (model, valid_from, input, output, "
                  "cache_create, "
                  "cache_create_1h, cache_read) VALUES ('sonnet', {0}, 0.01, 0.02, 0, 0, 0)",
                  kTopLastMonth + 10 * kDaySeconds));
  ExpectAsInViews("account", "account_usage_minute", "account = '{}'");
  const Json rows = api_.GetJson(TopTarget(kTopLastMonth, kTopMonth, "&by=account"));
  for (const Json& row : rows)
    EXPECT_NEAR(row["cost"].get<double>(),
                Stored("cost_usd", "account_usage_month", kTopLastMonth, kTopMonth,
                       fmt::format("account = '{}'", row["id"].get<std::string>())),
                1e-6);
}

TEST_F(StatsTop, AliasesOfOlderDashboardsHaveTheirOwnIds) {
  const auto first = [&](const std::string& by) { return api_.GetJson("/api/stats/top?by=" + by)[0]; };
  EXPECT_EQ(first("user")["user_id"], first("owner")["id"]);
  EXPECT_EQ(first("user")["username"], first("owner")["name"]);
  EXPECT_EQ(first("token")["token_id"], first("apikey")["id"]);
  EXPECT_EQ(first("channel")["channel_id"], first("account")["id"]);
  EXPECT_EQ(first("model")["model_name"], first("model")["id"]);
  EXPECT_EQ(first("token")["token_name"], first("apikey")["name"]);
  EXPECT_EQ(first("channel")["channel_name"], first("account")["name"]);
  EXPECT_FALSE(first("apikey").contains("channel_id"));
  EXPECT_EQ(api_.GetJson("/api/stats/top?metric=quota_sum"), api_.GetJson("/api/stats/top?metric=cost"));
}

TEST_F(StatsTop, OwnersAndTagsTakeInAllTheirKeys) {
  file_.Sql(
      R"(UPDATE api_key SET user_id = 'u1', user_username = 'ann', tags = '["a","b"]'
         WHERE id IN ('k1', 'k2'))");
  file_.Sql(
      R"(UPDATE api_key SET tags = '["b"]' WHERE id = 'k3'; UPDATE source_state SET owners_version = 7)");
  const std::string span = TopTarget(kTopToday, kTopToday + kDaySeconds, "");
  const auto of = [&](const std::string& by, const std::string& id) {
    for (const Json& row : api_.GetJson(fmt::format("{}&by={}", span, by)))
      if (row["id"] == id) return row["reqs"].get<std::int64_t>();
    return std::int64_t{-1};
  };
  const std::int64_t k1 = of("apikey", "k1");
  const std::int64_t k2 = of("apikey", "k2");
  EXPECT_EQ(of("owner", "u1"), k1 + k2);
  EXPECT_EQ(of("user", "u1"), k1 + k2);
  EXPECT_EQ(of("owner", ""), of("apikey", "k3") + of("apikey", "k4")) << "who has no owner";
  EXPECT_EQ(of("tag", "a"), k1 + k2);
  EXPECT_EQ(of("tag", "b"), k1 + k2 + of("apikey", "k3"));
  const Json row = api_.GetJson(span + "&by=user")[0];
  EXPECT_EQ(row["username"], row["name"]);
  const ApiUnderTest viewer(file_.path(), kNowMs, Role::kViewer);
  for (const char* by : {"owner", "user"})
    EXPECT_EQ(viewer.Get(std::string("/api/stats/top?by=") + by).status, 403) << by;
}

TEST_F(StatsTop, FiltersLeaveWhatTheyName) {
  const std::string span = TopTarget(kTopToday, kTopToday + kDaySeconds, "");
  const auto sum = [&](const std::string& query) { return Sum(api_.GetJson(span + query)); };
  EXPECT_EQ(sum("&by=model&keyId=k1"), sum("&by=apikey&keyId=k1"));
  EXPECT_EQ(api_.GetJson(span + "&by=apikey&keyId=k1").size(), 1U);
  EXPECT_EQ(sum("&by=account&groupId=g1"), sum("&by=model&accountId=a1") + sum("&by=model&accountId=a2"));
  EXPECT_EQ(sum("&by=account&platform=claude"), sum("&by=account&groupId=g1"));
  EXPECT_EQ(sum("&by=account&platform=gemini&groupId=g1"), 0);
  EXPECT_EQ(sum("&by=apikey&model=sonnet") + sum("&by=apikey&model=opus"), sum("&by=apikey"));
  EXPECT_EQ(api_.Get(span + "&keyId=nobody").status, 404);
}

TEST_F(StatsTop, TheMetricSaysWhoComesFirst) {
  file_.Minute(kMinuteNow - 60, {.entity = "many", .requests = 1000});
  file_.Sql(fmt::format(
      "INSERT INTO series (kind, entity, model) VALUES ('api_key', 'dear', 'opus'), ('api_key', 'large', "
      "'opus'); INSERT INTO usage_minute SELECT {0}, id, 1, 1, 0, 0, 0, 0, 0, 999000000, 0 FROM series WHERE "
      "entity = 'dear' UNION ALL SELECT {0}, id, 1, 0, 0, 0, 5000000000, 0, 0, 1, 0 FROM series WHERE entity "
      "= "
      "'large'",
      kMinuteNow));
  const auto first = [&](const std::string& metric) {
    return api_.GetJson("/api/stats/top?limit=1&metric=" + metric)[0];
  };
  EXPECT_EQ(first("reqs")["id"], "many");
  EXPECT_EQ(first("tokens")["id"], "large");
  EXPECT_EQ(first("tokens")["tokens"], 5'000'000'000);
  EXPECT_EQ(first("cost")["id"], "dear");
  EXPECT_EQ(first("cost")["cost"], 999.0);
}

TEST_F(StatsTop, TheLimitKeepsTheFirst) {
  const Json all = api_.GetJson(TopTarget(kTopLastMonth, kNow, ""));
  ASSERT_EQ(all.size(), 4U);
  const Json two = api_.GetJson(TopTarget(kTopLastMonth, kNow, "&limit=2"));
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[1], all[1]);
  double share = 0;
  for (const Json& row : all) share += row["share"].get<double>();
  EXPECT_NEAR(share, 1.0, 1e-5);
}

TEST_F(StatsTop, WhatReachesBeyondTheSpanIsSharedAndSaysSo) {
  const std::int64_t hour = kHourNow - 7200;
  file_.Key("k9").Untimed(Level::kHour, hour, {.entity = "k9", .requests = 60});
  const auto requests = [&](std::int64_t from, std::int64_t to) {
    for (const Json& row : api_.GetJson(TopTarget(from, to, "")))
      if (row["id"] == "k9") return std::pair(row["reqs"].get<int>(), row["estimated"].get<bool>());
    return std::pair(0, false);
  };
  EXPECT_EQ(requests(hour, hour + 3600), std::pair(60, false));
  EXPECT_EQ(requests(hour, hour + 900), std::pair(15, true));
  for (std::int64_t i = 0; i < 45; ++i) file_.Covered(hour + i * 60);
  EXPECT_EQ(requests(hour, hour + 2700), std::pair(0, false));
  EXPECT_EQ(requests(hour + 3000, hour + 3600), std::pair(40, true));
}

TEST_F(StatsTop, AShareOfWhatHasNoPriceHasNone) {
  const std::int64_t hour = kHourNow - 7200;
  for (std::int64_t requests = 1; requests <= 40; ++requests)
    file_.Untimed(
        Level::kHour, hour,
        {.kind = "account", .entity = fmt::format("odd{}", requests), .model = "odd", .requests = requests});
  for (const std::int64_t minutes : {7, 13, 29}) {
    int checked = 0;
    for (const Json& row : api_.GetJson(TopTarget(hour, hour + minutes * 60, "&by=account&model=odd"))) {
      if (row["tokens"] == 0 && row["reqs"] == 0) continue;
      ++checked;
      EXPECT_TRUE(row["cost"].is_null()) << row.dump();
      EXPECT_EQ(row.value("unpricedRequests", std::int64_t{0}), row["reqs"]) << row.dump();
    }
    EXPECT_GT(checked, 0) << minutes;
  }
}

TEST_F(StatsTop, OwnersAreNamedByOneOfTheirKeys) {
  file_.Sql("UPDATE api_key SET user_id = 'u1', user_username = 'ann' WHERE id IN ('k1', 'k2')")
      .Sql("UPDATE api_key SET user_username = 'bob' WHERE id = 'k3'");
  std::map<std::string, std::string> names;
  for (const Json& row : api_.GetJson("/api/stats/top?by=owner&start_ms=0")) names[row["id"]] = row["name"];
  EXPECT_EQ(names, (std::map<std::string, std::string>{{"u1", "ann"}, {"bob", "bob"}, {"", "(none)"}}));
}

TEST_F(StatsTop, ASpanWithoutMinutesTakesInWholeHours) {
  file_.Sql(
      fmt::format("UPDATE source_state SET minutes_from = {0}; DELETE FROM usage_minute WHERE bucket < {0}",
                  kHourNow - 7200));
  const Response response = api_.Get(TopTarget(kHourNow - 20'000, kHourNow - 9000, ""));
  EXPECT_EQ(*response.FindHeader("X-Start-Ms"), fmt::format("{}", (kHourNow - 21'600) * 1000));
  EXPECT_EQ(*response.FindHeader("X-End-Ms"), fmt::format("{}", (kHourNow - 7200) * 1000));
  EXPECT_EQ(Sum(Json::parse(response.body)),
            Stored("requests", "api_key_usage_hour", kHourNow - 21'600, kHourNow - 7200, "true"));
}

TEST_F(StatsTop, WithoutASpanItIsTheLastDay) {
  const Response response = api_.Get("/api/stats/top");
  EXPECT_EQ(*response.FindHeader("X-Start-Ms"), fmt::format("{}", (kMinuteNow - kDaySeconds) * 1000));
  EXPECT_EQ(*response.FindHeader("X-End-Ms"), fmt::format("{}", (kMinuteNow + 60) * 1000));
}

TEST_F(StatsTop, AllOfTimeIsNoLongWay) {
  const Json rows = api_.GetJson("/api/stats/top?start_ms=0&end_ms=253402300799999");
  EXPECT_EQ(Sum(rows), file_.Int("SELECT sum(requests) FROM api_key_usage_month"));
}

TEST_F(StatsTop, WhatIsNotUnderstoodIsRefusedByName) {
  for (const char* query :
       {"by=nothing", "metric=money", "limit=0", "limit=1001", "limit=x", "start_ms=2000&end_ms=1000",
        "start_ms=NaN", "end_ms=-1", "keyId=k1&by=account", "by=apikey%27--", "accountId=a1",
        "accountId=a1&by=owner", "platform=claude&by=tag", "keyId=k1&platform=claude",
        "keyId=k1&accountId=a1", "format=xml"}) {
    const Response response = api_.Get(std::string("/api/stats/top?") + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_FALSE(DetailOf(response).empty()) << query;
  }
}

TEST_F(StatsTop, WhatIsOverKeepsItsEtag) {
  const std::string past = TopTarget(kHourNow - 7200, kHourNow, "");
  const std::string etag = *api_.Get(past).FindHeader("ETag");
  api_.clock.AdvanceMs(5000);
  EXPECT_EQ(api_.Get(past, {{"If-None-Match", etag}}).status, 304);
  const std::string open_etag = *api_.Get("/api/stats/top").FindHeader("ETag");
  api_.clock.AdvanceMs(5000);
  EXPECT_EQ(api_.Get("/api/stats/top", {{"If-None-Match", open_etag}}).status, 200);
}

TEST(PartOf, IsRoundedAndDoesNotOverflow) {
  EXPECT_EQ(PartOf(10, 1, 4), 3);
  EXPECT_EQ(PartOf(10, 4, 4), 10);
  EXPECT_EQ(PartOf(std::int64_t{1} << 60, 3'000'000'000, 6'000'000'000), std::int64_t{1} << 59);
}

}  // namespace
}  // namespace keymeter::query_api
