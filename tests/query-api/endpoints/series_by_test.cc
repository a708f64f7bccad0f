// /api/stats/series with `by`: one row a slot and name.

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "query-api/usage/series_query.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

constexpr std::int64_t kByToday = kHourNow - 20 * kHourSeconds;  // 2026-11-20 at +08:00
constexpr std::int64_t kByMonth = kByToday - 19 * kDaySeconds;   // 2026-11-01

class SeriesBy : public ::testing::Test {
 protected:
  SeriesBy() {
    file_.Key("k1", "first", "user_id = 'ann'")
        .Key("k2", "second", "user_id = 'ann'")
        .Key("k3")
        .Account("a1", "platform = 'claude'")
        .Account("a2", "platform = 'claude'")
        .Account("a3", "platform = 'gemini'")
        .Group("g1", "one group", {"a1", "a2"})
        .Group("g2", "another", {"a2"})
        .Sql("BEGIN");
    for (const char* id : {"k1", "k2", "k3", "a1", "a2", "a3"})
      for (std::int64_t i = 0; i < 70; ++i)
        file_.Minute(kMinuteNow - i * i * 9 * kMinuteSeconds, {.kind = id[0] == 'a' ? "account" : "api_key",
                                                               .entity = id,
                                                               .model = i % 3 == 0 ? "opus" : "sonnet",
                                                               .requests = i % 4 + (id[1] - '0')});
    file_.Sql(
        "COMMIT; INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, "
        "cache_read) VALUES ('sonnet', 0, 0.001, 0.002, 0, 0, 0)");
  }

  /// That each row is what the view holds of its slot and name.
  void ExpectAsInViews(const std::string& target, std::int64_t slot, const std::string& view,
                       const std::string& condition) {
    const Json rows = api_.GetJson(target);
    ASSERT_FALSE(rows.empty());
    std::map<std::string, std::set<std::string>> slots_of;
    for (const Json& row : rows) {
      const std::string id = row["id"];
      EXPECT_TRUE(slots_of[id].insert(row["bucket"]).second) << "twice";
      const std::int64_t bucket = *ParseRfc3339(row["bucket"].get<std::string>()) / 1000;
      const std::string from = fmt::format("FROM {} u WHERE bucket >= {} AND bucket < {} AND {}", view,
                                           bucket, bucket + slot, fmt::format(fmt::runtime(condition), id));
      ASSERT_EQ(row["reqs"], file_.Int("SELECT coalesce(sum(requests), 0) " + from)) << row.dump();
      ASSERT_EQ(row["tokens"], file_.Int("SELECT coalesce(sum(total_tokens), 0) " + from));
      ASSERT_EQ(row["cost"].is_null(), file_.Int("SELECT count(*) > 0 AND count(cost_usd) = 0 " + from) != 0)
          << row.dump();
      ASSERT_EQ(row.value("unpricedRequests", 0),
                file_.Int("SELECT coalesce(sum(iif(cost_usd IS NULL, requests, 0)), 0) " + from));
      ASSERT_NEAR(row["cost"].is_null() ? 0 : row["cost"].get<double>() * 1e6,
                  static_cast<double>(
                      file_.Int("SELECT CAST(round(coalesce(sum(cost_usd), 0) * 1e6) AS INTEGER) " + from)),
                  1);
      ASSERT_EQ(row["estimated"], false);
      if (view.rfind("account", 0) == 0) {
        ASSERT_TRUE(row["users"].is_null() && row["tokens_cnt"].is_null());
        continue;
      }
      ASSERT_EQ(row["tokens_cnt"], file_.Int("SELECT count(DISTINCT api_key) " + from)) << row.dump();
      ASSERT_EQ(
          row["users"],
          file_.Int("SELECT count(DISTINCT coalesce((SELECT 'user ' || nullif(iif(user_id <> '', user_id, "
                    "user_username), '') FROM api_key k WHERE k.id = u.api_key), 'key ' || api_key)) " +
                    from))
          << row.dump();
    }
    for (const auto& [id, slots] : slots_of) EXPECT_EQ(slots.size(), slots_of.begin()->second.size()) << id;
  }
  void ExpectAsInViewsAtEveryLevel(const std::string& more, const std::string& view,
                                   const std::string& condition) {
    ExpectAsInViews(Target(kNow - 7200, kNow, 300, more), 300, view + "_minute", condition);
    ExpectAsInViews(Target(kNow - kDaySeconds, kNow, 3600, more), 3600, view + "_hour", condition);
    ExpectAsInViews(Target(kByMonth, kNow, kDaySeconds, more), kDaySeconds, view + "_day", condition);
  }

  UsageFile file_;
  ApiUnderTest api_{file_.path()};
};

TEST_F(SeriesBy, RowsCarryIdAndName) {
  file_.Minute(kMinuteNow - 60, {.entity = "k1", .requests = 2});
  const Json rows = api_.GetJson(Target(kMinuteNow - 60, kMinuteNow, 60, "&by=apikey"));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(
      rows[0].dump(),
      fmt::format(R"({{"bucket":"{}","id":"k1","name":"first","reqs":2,"tokens":30,"inputTokens":20,)"
                  R"("outputTokens":10,"cacheCreateTokens":0,"cacheReadTokens":0,"cost":0.002,"users":1,)"
                  R"("tokens_cnt":1,"estimated":false,"coverage":0.0}})",
                  FormatRfc3339((kMinuteNow - 60) * 1000)));
}

TEST_F(SeriesBy, SlotAfterSlotInEachTheNamesByTheirIds) {
  const Json rows = api_.GetJson(Target(kByToday, kNow, 3600, "&by=apikey"));
  ASSERT_EQ(rows.size(), 21U * 3U);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i]["id"], fmt::format("k{}", i % 3 + 1));
    EXPECT_EQ(rows[i]["bucket"], FormatRfc3339((kByToday + static_cast<std::int64_t>(i) / 3 * 3600) * 1000));
  }
  EXPECT_EQ(rows[2]["name"], "k3") << "what has no name is called by its id";
}

TEST_F(SeriesBy, ModelsAndKeysAgreeWithTheViews) {
  ExpectAsInViewsAtEveryLevel("&by=model", "api_key_usage", "model = '{}'");
  ExpectAsInViewsAtEveryLevel("&by=apikey", "api_key_usage", "api_key = '{}'");
}

TEST_F(SeriesBy, PlatformsAccountsAndGroupsAgreeWithTheViews) {
  ExpectAsInViewsAtEveryLevel("&by=platform", "account_usage", "platform = '{}'");
  ExpectAsInViewsAtEveryLevel("&by=account", "account_usage", "account = '{}'");
  ExpectAsInViewsAtEveryLevel("&by=group", "account_usage",
                              "account IN (SELECT account FROM group_member WHERE group_id = '{}')");
}

TEST_F(SeriesBy, UsersAreTheOwnersThatUsageIsGroupedBy) {
  file_.Key("k5", "", "user_username = 'bob'").Key("k6", "", "user_username = 'bob'");
  for (const char* key : {"k5", "k6"}) file_.Minute(kMinuteNow, {.entity = key, .model = "shared"});
  ExpectAsInViewsAtEveryLevel("&by=model", "api_key_usage", "model = '{}'");
  const std::string span = Target(kMinuteNow, kMinuteNow + 60, 60, "&model=shared");
  EXPECT_EQ(api_.GetJson(span + "&by=owner").size(), 1U);
  EXPECT_EQ(api_.GetJson(span)[0]["users"], 1);
  file_.Sql("UPDATE api_key SET user_username = 'carol' WHERE id = 'k6'");
  EXPECT_EQ(api_.GetJson(span + "&by=owner").size(), 2U);
  EXPECT_EQ(api_.GetJson(span)[0]["users"], 2);
}

TEST_F(SeriesBy, FiltersApplyToEachName) {
  ExpectAsInViewsAtEveryLevel("&by=model&keyId=k2", "api_key_usage", "api_key = 'k2' AND model = '{}'");
  ExpectAsInViewsAtEveryLevel("&by=apikey&keyId=k2", "api_key_usage", "api_key = 'k2' AND '{}' = 'k2'");
  ExpectAsInViewsAtEveryLevel("&by=apikey&model=opus", "api_key_usage", "api_key = '{}' AND model = 'opus'");
  ExpectAsInViewsAtEveryLevel("&by=model&accountId=a2", "account_usage", "account = 'a2' AND model = '{}'");
  ExpectAsInViewsAtEveryLevel("&by=account&groupId=g1", "account_usage",
                              "account = '{}' AND account IN ('a1', 'a2')");
  ExpectAsInViewsAtEveryLevel("&by=platform&groupId=g1&model=opus", "account_usage",
                              "platform = '{}' AND account IN ('a1', 'a2') AND model = 'opus'");
}

TEST_F(SeriesBy, ManySeriesComeFromMemoryWithTheSameOutcome) {
  file_.Sql("BEGIN");
  for (int i = 0; i < 300; ++i)
    file_.Minute(kMinuteNow - kMinuteSeconds * 10 * (i % 7),
                 {.entity = fmt::format("many{}", i), .requests = 1 + i % 3});
  file_.Sql("COMMIT");
  for (int round = 0; round < 2; ++round) {
    ExpectAsInViewsAtEveryLevel("&by=model", "api_key_usage", "model = '{}'");
    file_.Minute(kMinuteNow - 7 * kHourSeconds, {.entity = "many0", .model = "opus", .requests = 11});
    file_.Minute(kMinuteNow, {.entity = "many1", .model = "opus", .requests = 13});
  }
}

TEST_F(SeriesBy, WhatIsUntimedIsSpreadByName) {
  const std::int64_t hour = kHourNow - 3 * kHourSeconds;
  file_.Untimed(Level::kHour, hour, {.entity = "k1", .model = "rare", .requests = 12})
      .Untimed(Level::kHour, hour, {.entity = "k2", .model = "rarer", .requests = 24});
  std::map<std::string, std::int64_t> sums;
  for (const Json& row : api_.GetJson(Target(hour, hour + 3600, 300, "&by=model"))) {
    sums[row["id"]] += row["reqs"].get<std::int64_t>();
    if (row["id"] != "rare" && row["id"] != "rarer") continue;
    EXPECT_EQ(row["reqs"], row["id"] == "rare" ? 1 : 2);
    EXPECT_EQ(row["estimated"], true);
  }
  EXPECT_EQ(sums["rare"], 12);
  EXPECT_EQ(sums["rarer"], 24);
}

TEST_F(SeriesBy, AccountsWithoutAPlatformAndWithoutAGroup) {
  file_.Minute(kMinuteNow, {.kind = "account", .entity = "unknown", .requests = 5});
  const Json platforms = api_.GetJson(Target(kMinuteNow, kMinuteNow + 60, 60, "&by=platform"));
  EXPECT_EQ(platforms[0]["id"], "");
  EXPECT_EQ(platforms[0]["name"], "unknown");
  for (const Json& row : api_.GetJson(Target(kMinuteNow, kMinuteNow + 60, 60, "&by=group")))
    EXPECT_NE(row["id"], "");
}

TEST_F(SeriesBy, ThereIsNoCounterForKeyAndAccount) {
  for (const char* query :
       {"keyId=k1&by=account", "keyId=k1&by=platform", "keyId=k1&by=group", "accountId=a1&by=apikey",
        "groupId=g1&by=apikey", "keyId=k1&accountId=a1&by=model"}) {
    const Response response = api_.Get(std::string("/api/stats/series?") + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_NE(DetailOf(response).find("no counter for key x account"), std::string::npos) << query;
  }
  EXPECT_EQ(api_.Get("/api/stats/series?accountId=a1&by=owner").status, 400);
  EXPECT_EQ(api_.Get("/api/stats/series?by=user").status, 400);
  EXPECT_EQ(api_.Get("/api/stats/series?by=model&keyId=nobody").status, 404);
}

TEST_F(SeriesBy, OwnersAndTagsAreOfKeysAndDaysAreUnits) {
  file_.Sql(
      R"(UPDATE api_key SET user_id = 'u1', user_username = 'ann', tags = '["t1","t2"]' WHERE id = 'k1')");
  const std::string span = Target(kHourNow, kHourNow + kHourSeconds, kHourSeconds);
  for (const char* by : {"owner", "tag"}) {
    std::set<std::string> of_k1;
    for (const Json& row : api_.GetJson(span + "&by=" + by))
      if (row["id"] == "u1" || row["id"] == "t1" || row["id"] == "t2") {
        of_k1.insert(row["id"]);
        EXPECT_EQ(row["reqs"], api_.GetJson(span + "&keyId=k1")[0]["reqs"]) << by;
        EXPECT_EQ(row["tokens_cnt"], 1) << by;
      }
    EXPECT_EQ(of_k1,
              by == std::string("owner") ? std::set<std::string>{"u1"} : (std::set<std::string>{"t1", "t2"}));
  }
  const ApiUnderTest viewer(file_.path(), kNowMs, Role::kViewer);
  EXPECT_EQ(viewer.Get(span + "&by=owner").status, 403);
  const Json days = api_.GetJson("/api/stats/series?unit=day");
  EXPECT_FALSE(days.empty());
  EXPECT_EQ(days, api_.GetJson("/api/stats/series?slot_sec=86400"));
}

TEST_F(SeriesBy, MoreRowsThanAreGivenAreRefusedWithTheRemedy) {
  file_.Sql("BEGIN");
  for (int i = 0; i < 40; ++i) file_.Minute(kMinuteNow, {.entity = fmt::format("many{}", i)});
  file_.Sql("COMMIT");
  const Response response = api_.Get(Target(kNow - kDaySeconds, kNow, 60, "&by=apikey"));
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(DetailOf(response).find("longer slots"), std::string::npos) << DetailOf(response);
  EXPECT_EQ(api_.Get(Target(kNow - kDaySeconds, kNow, 300, "&by=apikey")).status, 200);
}

TEST_F(SeriesBy, NamesAreTextWhateverTheyHold) {
  file_.Key("odd", "").Sql(R"(UPDATE api_key SET name = 'a"b' || char(10) || '\' WHERE id = 'odd')");
  file_.Minute(kMinuteNow, {.entity = "odd", .requests = 1});
  const Json rows = api_.GetJson(Target(kMinuteNow, kMinuteNow + 60, 60, "&by=apikey&keyId=odd"));
  EXPECT_EQ(rows[0]["name"], "a\"b\n\\");
}

}  // namespace
}  // namespace keymeter::query_api
