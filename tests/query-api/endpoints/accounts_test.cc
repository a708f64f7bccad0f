#include "query-api/endpoints/accounts.h"

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

class Accounts : public ::testing::Test {
 protected:
  Accounts() {
    file_
        .Account(
            "a1",
            "platform = 'claude', status = 'active', priority = 50, daily_quota = 9, account_type = 'shared'")
        .Account("a2", "platform = 'openai', status = 'error', error_message = 'boom', priority = 9")
        .Account("a3", "platform = 'claude', gone = 1")
        .Group("g1", "group one", {"a1", "a3"})
        .Minute(kMinuteNow, {.kind = "account", .entity = "a1", .requests = 6})
        .Minute(kMinuteNow - 3600, {.kind = "account", .entity = "a3", .requests = 1})
        .Sql(
            "INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, cache_read) "
            "VALUES ('sonnet', 0, 0.001, 0.002, 0, 0, 0)");
  }

  [[nodiscard]] std::vector<std::string> List(const std::string& query) {
    std::vector<std::string> ids;
    for (const Json& item : api_.GetJson("/api/accounts?" + query)) ids.push_back(item.at("accountId"));
    return ids;
  }

  UsageFile file_;
  ApiUnderTest api_{file_.path()};
};

using Names = std::vector<std::string>;

TEST_F(Accounts, HaveTheDocumentedShape) {
  const Json list = api_.GetJson("/api/accounts");
  ASSERT_EQ(list.size(), 3U);
  const Json& account = list[0];
  EXPECT_EQ(account["accountName"], "account a1");
  EXPECT_EQ(account["platform"], "claude");
  EXPECT_EQ(account["status"], "active");
  EXPECT_EQ(account["isActive"], true);
  EXPECT_EQ(account["accountType"], "shared");
  EXPECT_EQ(account["priority"], 50);
  EXPECT_EQ(account["dailyQuota"], 9.0);
  EXPECT_EQ(account["todayTokenUsage"], 90);
  EXPECT_DOUBLE_EQ(account["todayExpense"], 60 * 0.001 + 30 * 0.002);
  EXPECT_EQ(account["recentAvgRpm"], 0.6);
  EXPECT_EQ(account["usage"]["total"]["requests"], 6);
  EXPECT_EQ(account["group"],
            (Json{{"id", "g1"}, {"name", "group one"}, {"totalMembers", 2}, {"activeMembers", 1}}));
  EXPECT_FALSE(account.contains("errorMessage"));
  EXPECT_EQ(list[1]["errorMessage"], "boom");
  EXPECT_FALSE(list[1].contains("group"));
  EXPECT_EQ(list[2]["isActive"], false);
}

TEST_F(Accounts, Filter) {
  EXPECT_EQ(List("platform=claude"), (Names{"a1", "a3"}));
  EXPECT_EQ(List("status=error"), (Names{"a2"}));
  EXPECT_EQ(List("groupId=g1"), (Names{"a1", "a3"}));
  EXPECT_EQ(List("search=ACCOUNT%20A2"), (Names{"a2"}));
}

TEST_F(Accounts, FilterByStateTimeAndUsage) {
  file_.Sql("UPDATE account SET created_at = '2026-11-05T00:00:00Z' WHERE id = 'a2'");
  EXPECT_EQ(List("isActive=true"), (Names{"a1", "a2"}));
  EXPECT_EQ(List("isActive=false"), (Names{"a3"}));
  EXPECT_EQ(List("createdAfter=2026-11-05"), (Names{"a2"}));
  EXPECT_EQ(List("createdBefore=2026-11-05"), Names{});
  EXPECT_EQ(List("minRequests=1"), (Names{"a1", "a3"}));
  EXPECT_EQ(List("minTokens=16&maxTokens=90"), (Names{"a1"}));
  EXPECT_EQ(List("minCost=0.1&usageOf=today"), (Names{"a1"}));
  EXPECT_EQ(List("isActive=true&platform=claude&minCost=0.02&usageOf=month"), (Names{"a1"}));
}

TEST_F(Accounts, AreRateLimitedInThreeSpellingsUntilTheEnd) {
  const auto is_limited = [&](const std::string& assignments) {
    file_.Sql(
        "UPDATE account SET status = '', rate_limit_status = '', rate_limited_at = '', rate_limit_end_at = "
        "'', "
        "rate_limit_reset_at = '' WHERE id = 'a1'");
    file_.Sql("UPDATE account SET " + assignments + " WHERE id = 'a1'");
    const Json account = api_.GetJson("/api/accounts/a1");
    EXPECT_EQ(account["isRateLimited"], account.contains("rateLimit")) << assignments;
    return account["isRateLimited"].get<bool>();
  };
  EXPECT_TRUE(is_limited("status = 'rate_limited'"));
  EXPECT_TRUE(is_limited("status = 'rateLimited'"));
  EXPECT_TRUE(is_limited("status = 'active', rate_limit_status = 'limited'"));
  EXPECT_TRUE(is_limited("status = 'rate_limited', rate_limit_status = 'active'")) << "as ccr keeps it";
  EXPECT_FALSE(is_limited("status = 'active', rate_limit_status = 'active'"));
  EXPECT_FALSE(is_limited("status = 'error'"));
  for (const char* end : {"rate_limit_end_at", "rate_limit_reset_at"}) {
    EXPECT_TRUE(is_limited(fmt::format("status = 'rate_limited', {} = '2026-11-20T12:34:31Z'", end)));
    EXPECT_FALSE(is_limited(fmt::format("status = 'rate_limited', {} = '2026-11-20T12:34:30Z'", end)));
  }
  (void)is_limited(
      "status = 'rate_limited', rate_limited_at = '2026-11-20T12:00:00Z', rate_limit_end_at = "
      "'2026-11-20T13:00:00Z'");
  const Json account = api_.GetJson("/api/accounts/a1");
  EXPECT_EQ(account["rateLimitedUntil"], "2026-11-20T13:00:00Z");
  EXPECT_EQ(account["rateLimit"].dump(),
            R"({"limited":true,"until":"2026-11-20T13:00:00Z","since":"2026-11-20T12:00:00Z"})");
  EXPECT_EQ(account["marks"][0]["kind"], "rateLimited");
  EXPECT_EQ(file_.Int("SELECT has_rate_limit_mark FROM account WHERE id = 'a1'"), 1);
}

TEST_F(Accounts, AreUnavailableUntilTheMomentThatTheRelayNamed) {
  const auto until = [&](const std::string& assignments) {
    file_.Sql("UPDATE account SET " + assignments + " WHERE id = 'a1'");
    return api_.GetJson("/api/accounts/a1").at("unavailableUntil");
  };
  EXPECT_EQ(until("name = name"), Json());
  EXPECT_EQ(until("unavailable_until = '2026-11-20T12:34:31Z'"), "2026-11-20T12:34:31Z");
  EXPECT_EQ(api_.GetJson("/api/accounts")[0]["unavailableUntil"], "2026-11-20T12:34:31Z");
  EXPECT_EQ(until("unavailable_until = '2026-11-20T12:34:30Z'"), Json()) << "it has come";
  EXPECT_EQ(until("unavailable_until = '2026-11-20T12:34:31Z', gone = 1"), Json());
}

TEST_F(Accounts, HaveABalanceWhereItIsKnown) {
  EXPECT_FALSE(api_.GetJson("/api/accounts/a1").contains("balance"));
  file_.Sql(
      "UPDATE account SET balance = 0.1 + 0.2, balance_currency = 'CNY', balance_at = "
      "'2026-11-20T12:00:00Z'");
  EXPECT_EQ(api_.GetJson("/api/accounts/a1")["balance"].dump(),
            R"({"amount":0.3,"currency":"CNY","asOf":"2026-11-20T12:00:00Z"})");
  EXPECT_EQ(api_.GetJson("/api/accounts")[0]["balance"]["amount"], 0.3);
  EXPECT_FALSE(api_.GetJson("/api/accounts/a3").contains("balance")) << "it is gone";
  file_.Sql("UPDATE account SET balance = 0, balance_currency = ''");
  EXPECT_EQ(api_.GetJson("/api/accounts/a1")["balance"]["amount"], 0.0) << "0 is known";
  EXPECT_EQ(api_.GetJson("/api/accounts/a1")["balance"]["currency"], Json());
  for (const char* none : {"NULL", "1e300", "-9e999"}) {
    file_.Sql(fmt::format("UPDATE account SET balance = {}", none));
    EXPECT_FALSE(api_.GetJson("/api/accounts/a1").contains("balance")) << none;
  }
}

TEST_F(Accounts, HaveAllMarksAndWindowsWithTheirTimes) {
  file_.Sql(
      "UPDATE account SET opus_rate_limited_at = '2026-11-20T10:00:00Z', "
      "opus_rate_limit_end_at = '2026-11-20T12:00:00Z', overloaded_at = '2026-11-20T12:30:00Z', "
      "five_hour_auto_stopped = 1, session_window_start_at = '2026-11-20T10:00:00Z', "
      "session_window_end_at = '2026-11-20T15:00:00Z', session_window_status = 'allowed_warning', "
      "five_hour_percent = 87.5, five_hour_resets_at = '2026-11-20T15:00:00Z', seven_day_percent = 0, "
      "primary_percent = 12.345678, primary_reset_after_s = 60, windows_updated_at = '2026-11-20T12:00:00Z', "
      "secondary_percent = 1, expires_at = '2026-11-20T13:00:00Z', "
      "subscription_expires_at = '2027-01-01T00:00:00Z', schedulable = 1, max_concurrency = 3, "
      "description = 'd' WHERE id = 'a1'");
  const Json account = api_.GetJson("/api/accounts/a1");
  EXPECT_EQ(account["marks"].dump(),
            R"([{"kind":"opusRateLimited","since":"2026-11-20T10:00:00Z",)"
            R"("until":"2026-11-20T12:00:00Z","active":false},)"
            R"({"kind":"overloaded","since":"2026-11-20T12:30:00Z","until":null,"active":true},)"
            R"({"kind":"fiveHourAutoStopped","since":null,"until":null,"active":true}])");
  EXPECT_EQ(account["windows"].dump(),
            R"([{"name":"fiveHour","usedPercent":87.5,"resetsAt":"2026-11-20T15:00:00Z"},)"
            R"({"name":"sevenDay","usedPercent":0.0,"resetsAt":null},)"
            R"({"name":"primary","usedPercent":12.35,"resetsAt":"2026-11-20T12:01:00Z"},)"
            R"({"name":"secondary","usedPercent":1.0,"resetsAt":null}])");
  EXPECT_EQ(account["sessionWindow"]["status"], "allowed_warning");
  EXPECT_EQ(account["expiresAt"], "2026-11-20T13:00:00Z") << "the token's";
  EXPECT_EQ(account["subscriptionExpiresAt"], "2027-01-01T00:00:00Z") << "what is paid for";
  EXPECT_EQ(account["schedulable"], true);
  EXPECT_EQ(account["maxConcurrency"], 3);
  EXPECT_EQ(account["description"], "d");
  EXPECT_EQ(account["isRateLimited"], false) << "but for one family of models";
  const Json other = api_.GetJson("/api/accounts/a2");
  EXPECT_EQ(other["marks"], Json::array());
  EXPECT_EQ(other["windows"], Json::array());
  EXPECT_EQ(other["rateLimitedUntil"], Json());
  EXPECT_FALSE(other.contains("sessionWindow"));
}

TEST_F(Accounts, HaveTheirDailyUsageAsTheRelayComputesIt) {
  file_.Sql("UPDATE account SET daily_usage = 7");
  EXPECT_EQ(api_.GetJson("/api/accounts/a1")["dailyUsage"], 7.0);
  for (const char* platform : {"claude-console", "ccr"}) {
    file_.Sql(fmt::format("UPDATE account SET platform = '{}', daily_usage = 0 WHERE id = 'a1'", platform));
    EXPECT_EQ(api_.GetJson("/api/accounts/a1")["dailyUsage"], 0.12) << platform;
  }
}

TEST_F(Accounts, HaveTheirDailyUsageToAMillionth) {
  file_.Sql("UPDATE account SET daily_usage = 0.1 + 0.2");
  EXPECT_EQ(api_.GetJson("/api/accounts/a1")["dailyUsage"].dump(), "0.3");
}

TEST_F(Accounts, HaveEachGroupThatTheyAreIn) {
  file_.Group("g0", "group zero", {"a1", "a2"})
      .Group("g2", "gone", {"a1"})
      .Sql(
          "UPDATE account_group SET gone = 1 "
          "WHERE id = 'g2'");
  for (const Json& account : {api_.GetJson("/api/accounts/a1"), api_.GetJson("/api/accounts?search=a1")[0]}) {
    ASSERT_EQ(account["groups"].size(), 2U);
    EXPECT_EQ(account["groups"][1],
              (Json{{"id", "g1"}, {"name", "group one"}, {"totalMembers", 2}, {"activeMembers", 1}}));
    EXPECT_EQ(account["group"], account["groups"][0]);
    EXPECT_EQ(account["groupId"], "g0");
    EXPECT_EQ(account["groupName"], "group zero");
  }
  EXPECT_EQ(api_.GetJson("/api/accounts/a3")["groups"].size(), 1U);
}

TEST_F(Accounts, WereLastUsedAtTheLaterOfWhatTheRelayAndUsageSay) {
  const auto of = [&](const char* id) { return api_.GetJson(std::string("/api/accounts/") + id); };
  EXPECT_EQ(of("a1")["lastUsedAt"], "2026-11-20T12:34:00Z");
  EXPECT_EQ(of("a1")["lastUsedFrom"], "usage");
  EXPECT_EQ(of("a3")["lastUsedAt"], "2026-11-20T11:34:00Z") << "found by hours and minutes";
  EXPECT_EQ(of("a2")["lastUsedAt"], Json());
  EXPECT_EQ(of("a2")["lastUsedFrom"], Json());
  file_.Sql("UPDATE account SET last_used_at = '2026-11-20T12:34:00.001Z' WHERE id = 'a1'");
  EXPECT_EQ(of("a1")["lastUsedAt"], "2026-11-20T12:34:00.001Z");
  EXPECT_EQ(of("a1")["lastUsedFrom"], "relay");
  file_.Account("old").Untimed(Level::kDay, BucketOf(Level::kDay, kNow - 90 * kDaySeconds, kOffset),
                               {.kind = "account", .entity = "old", .requests = 1});
  EXPECT_EQ(of("old")["lastUsedAt"], "2026-08-21T16:00:00Z")
      << "the begin of the day, which is all that is known";
}

TEST_F(Accounts, HaveTheirHoursInTheListWhenAsked) {
  const Json list = api_.GetJson("/api/accounts?include=hourly");
  ASSERT_EQ(list.size(), 3U);
  for (const Json& account : list)
    EXPECT_EQ(account, api_.GetJson("/api/accounts/" + account["accountId"].get<std::string>()));
  EXPECT_EQ(api_.Get("/api/accounts?include=minutes").status, 400);
}

TEST_F(Accounts, HaveTheirHoursWhereMoreWereUsedThanOneAnswerHolds) {
  file_.Sql("BEGIN");
  for (int i = 0; i < 2100; ++i)
    file_.Account(fmt::format("many{:04}", i))
        .Minute(kMinuteNow, {.kind = "account", .entity = fmt::format("many{:04}", i)});
  file_.Sql("COMMIT");
  const Json page = api_.GetJson("/api/accounts?include=hourly&limit=10&search=many&order=desc");
  ASSERT_EQ(page.size(), 10U);
  for (const Json& account : page) EXPECT_EQ(account["usage"]["hourly"][23]["requests"], 1);
  const Response all = api_.Get("/api/accounts?include=hourly&limit=10000");
  EXPECT_EQ(all.status, 400);
  EXPECT_NE(DetailOf(all).find("a smaller limit"), std::string::npos) << DetailOf(all);
}

TEST_F(Accounts, SayInTheirHoursWhatHasNoPrice) {
  file_.Minute(kMinuteNow, {.kind = "account", .entity = "a1", .model = "no price", .requests = 4});
  const Json hour = api_.GetJson("/api/accounts/a1")["usage"]["hourly"][23];
  EXPECT_EQ(hour.dump(),
            R"({"hour":"2026-11-20T12:00:00Z","requests":10,"tokens":150,"cost":0.12,"unpricedRequests":4})");
}

TEST_F(Accounts, OfWhichNoCostIsKnownAreInNoRangeOfCosts) {
  file_.Account("a4").Minute(kMinuteNow, {.kind = "account", .entity = "a4", .model = "no price"});
  EXPECT_EQ(List("maxCost=5"), (Names{"a1", "a2", "a3"}));
  EXPECT_EQ(List("minCost=0"), (Names{"a1", "a2", "a3"}));
  EXPECT_EQ(List("minRequests=1&maxRequests=1"), (Names{"a3", "a4"}));
}

TEST_F(Accounts, SortAndPageByNumbers) {
  EXPECT_EQ(List("sort=priority"), (Names{"a3", "a2", "a1"}));
  const Response first = api_.Get("/api/accounts?sort=priority&order=desc&limit=2");
  const std::string* link = first.FindHeader("Link");
  ASSERT_NE(link, nullptr);
  const Json rest = api_.GetJson(link->substr(1, link->find('>') - 1));
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0]["accountId"], "a3");
}

TEST_F(Accounts, HaveTheirLast24HoursWhenAskedForOne) {
  file_.Minute(kMinuteNow - 3600, {.kind = "account", .entity = "a1", .requests = 2})
      .Untimed(Level::kHour, kHourNow - 23 * kHourSeconds, {.kind = "account", .entity = "a1", .requests = 3})
      .Untimed(Level::kHour, kHourNow - 24 * kHourSeconds,
               {.kind = "account", .entity = "a1", .requests = 100});
  const Json account = api_.GetJson("/api/accounts/a1");
  Json listed = api_.GetJson("/api/accounts?search=a1")[0];
  const Json hours = account["usage"]["hourly"];
  ASSERT_EQ(hours.size(), 24U);
  EXPECT_EQ(hours[0].dump(), R"({"hour":"2026-11-19T13:00:00Z","requests":3,"tokens":45,"cost":0.06})");
  EXPECT_EQ(hours[22]["requests"], 2);
  EXPECT_EQ(hours[23].dump(), R"({"hour":"2026-11-20T12:00:00Z","requests":6,"tokens":90,"cost":0.12})");
  EXPECT_EQ(hours[12]["requests"], 0);
  EXPECT_FALSE(listed["usage"].contains("hourly"));
  listed["usage"]["hourly"] = hours;
  EXPECT_EQ(account, listed);
}

TEST_F(Accounts, HaveTheirOlderPathsAndSayWhatIsNotKept) {
  EXPECT_EQ(api_.GetJson("/admin/accounts/usage-stats"), api_.GetJson("/api/accounts/usage-stats"));
  EXPECT_EQ(api_.GetJson("/admin/accounts/a1/usage-stats"), api_.GetJson("/api/accounts/a1/usage-stats"));
  file_.Key("k1");
  for (const char* path : {"/api/accounts/a1", "/admin/accounts/a1", "/api/apikeys/k1"}) {
    const Response response = api_.Get(std::string(path) + "/usage-breakdown");
    EXPECT_EQ(response.status, 501) << path;
    EXPECT_NE(DetailOf(response).find("journal"), std::string::npos);
  }
  EXPECT_EQ(api_.Get("/api/accounts/none/usage-breakdown").status, 404);
}

TEST_F(Accounts, AreNotFoundByAnIdThatThereIsNot) {
  for (const char* path : {"/api/accounts/A1", "/api/accounts/none", "/api/accounts/a1%27--"}) {
    const Response response = api_.Get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(DetailOf(response), "there is no account with this id");
  }
  EXPECT_EQ(api_.Get("/api/accounts/a1?limit=1").status, 400);
}

TEST_F(Accounts, OfWhichOnlyUsageIsKnownAreThereByTheirId) {
  file_.Sql("INSERT INTO account (id) VALUES ('bare')")
      .Minute(kMinuteNow, {.kind = "account", .entity = "bare", .requests = 2});
  const Json account = api_.GetJson("/api/accounts/bare");
  EXPECT_EQ(account["accountName"], "");
  EXPECT_EQ(account["platform"], "");
  EXPECT_EQ(account["usage"]["hourly"][23]["requests"], 2);
}

TEST_F(Accounts, SqlInAnyParameterIsText) {
  const std::string sql = "%27%20OR%20%271%27%3D%271";
  for (const char* name : {"platform", "groupId", "status", "search"})
    EXPECT_EQ(List(fmt::format("{}={}", name, sql)), Names{}) << name;
  for (const char* name : {"sort", "order", "limit", "cursor", "tag"})
    EXPECT_EQ(api_.Get(fmt::format("/api/accounts?{}={}", name, sql)).status, 400) << name;
}

}  // namespace
}  // namespace keymeter::query_api
