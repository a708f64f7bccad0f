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
