#include "query-api/endpoints/api_keys.h"

#include <gtest/gtest.h>

#include "query-api/endpoints/list_query.h"
#include "schema/percent.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

std::vector<std::string> Ids(const Json& list) {
  std::vector<std::string> ids;
  for (const Json& item : list) ids.push_back(item.at("keyId"));
  return ids;
}

using Names = std::vector<std::string>;

TEST(ApiKeyById, HasTheDocumentedShape) {
  UsageFile file;
  file.Key("k1", "键 one",
           "description = 'd', tags = '[\"a\",\"b\"]', created_at = '2026-01-01T00:00:00Z', "
           "daily_cost_limit = 2.5, user_id = 'u1', user_username = 'ann', group_id = 'g1'")
      .Group("g1", "group one", {})
      .Minute(kMinuteNow, {.entity = "k1", .requests = 4});
  const Json key = ApiUnderTest(file.path()).GetJson("/api/apikeys/k1");
  EXPECT_EQ(key["keyId"], "k1");
  EXPECT_EQ(key["name"], "键 one");
  EXPECT_EQ(key["tags"], Json::array({"a", "b"}));
  EXPECT_EQ(key["isActive"], true);
  EXPECT_EQ(key["isDeleted"], false);
  EXPECT_EQ(key["createdAt"], "2026-01-01T00:00:00Z");
  EXPECT_EQ(key["expiresAt"], Json());
  EXPECT_EQ(key["currentGroup"], (Json{{"id", "g1"}, {"name", "group one"}}));
  EXPECT_EQ(key["dailyCostLimit"], 2.5);
  EXPECT_EQ(key["owner"], "ann");
  EXPECT_EQ(key["rpm"], 4.0);
  EXPECT_EQ(key["tpm"], 60.0);
  EXPECT_EQ(key["usage"]["last10Minutes"], (Json{{"avgRpm", 0.4}, {"totalRequests", 4.0}}));
  EXPECT_EQ(key["usage"]["today"].dump(),
            R"({"requests":4,"inputTokens":40,"outputTokens":20,"cacheCreateTokens":0,"cacheReadTokens":0,)"
            R"("totalTokens":60,"cost":0.004,"realCost":0.004})");
}

TEST(ApiKeyById, HasItsRatesByService) {
  UsageFile file;
  file.Key("k1", "one", "service_rates = '{\"claude\":1.2,\"codex\":0.0}'").Key("k2", "two");
  file.Key("k3", "three", "service_rates = '{}'").Key("k4", "four", "service_rates = '[1]'");
  ApiUnderTest api(file.path());
  EXPECT_EQ(api.GetJson("/api/apikeys/k1")["serviceRates"].dump(), R"({"claude":1.2,"codex":0.0})");
  EXPECT_EQ(api.GetJson("/api/apikeys/k2").at("serviceRates"), Json()) << "unknown";
  EXPECT_EQ(api.GetJson("/api/apikeys/k3")["serviceRates"], Json::object()) << "known: none of its own";
  EXPECT_EQ(api.GetJson("/api/apikeys/k4").at("serviceRates"), Json());
}

TEST(ApiKeyById, HasAllItsLimitsAndWhoServesIt) {
  UsageFile file;
  file.Key("k1", "one",
           "daily_cost_limit = 5, total_cost_limit = 50.5, weekly_opus_cost_limit = 7, token_limit = 1000, "
           "concurrency_limit = 3, rate_limit_window = 60, rate_limit_requests = 100, rate_limit_cost = 2.5, "
           "weekly_reset_day = 1, weekly_reset_hour = 0, expiration_mode = 'activation', activation_days = "
           "30, "
           "activation_unit = 'days', permissions = '[\"claude\"]', restricted_models = '[\"opus\"]', "
           "group_id = 'g1'")
      .Account("a1")
      .Group("g1", "group one", {"a1"})
      .Sql(
          "INSERT INTO api_key_binding VALUES ('k1', 'claude', 'group', 'g1'), ('k1', 'openai', 'account', "
          "'a1'), "
          "('k1', 'gemini', 'account', 'never seen')");
  file.Minute(kMinuteNow, {.entity = "k1", .requests = 4});
  const Json key = ApiUnderTest(file.path()).GetJson("/api/apikeys/k1");
  EXPECT_EQ(key["limits"].dump(),
            R"({"dailyCost":5.0,"totalCost":50.5,"weeklyOpusCost":7.0,"weeklyReset":{"day":1,"hour":0},)"
            R"("tokens":1000,)"
            R"("concurrency":3,"window":{"minutes":60,"requests":100,"cost":2.5}})");
  EXPECT_EQ(key["bindings"].dump(),
            R"([{"platform":"claude","kind":"group","id":"g1","name":"group one"},)"
            R"({"platform":"gemini","kind":"account","id":"never seen","name":""},)"
            R"({"platform":"openai","kind":"account","id":"a1","name":"account a1"}])");
  EXPECT_EQ(key["expiration"]["mode"], "activation");
  EXPECT_EQ(key["expiration"]["isActivated"], false);
  EXPECT_EQ(key["permissions"], Json::array({"claude"}));
  EXPECT_EQ(key["id"], "k1");
  EXPECT_EQ(key["groupId"], "g1");
  EXPECT_EQ(key["groupName"], "group one");
  EXPECT_EQ(key["currentDailyCost"], 0.004);
}

TEST(ApiKeyById, IsFoundByAnIdOfAnyCharacters) {
  UsageFile file;
  const ApiUnderTest api(file.path());
  for (const auto& [sql, path] :
       {std::pair("'a' || char(9) || 'b'", "a%09b"), std::pair("'a' || char(10)", "a%0A"),
        std::pair("'a' || char(0) || 'b'", "a%00b"), std::pair("char(127)", "%7F"),
        std::pair("'a/b%?#'", "a%2Fb%25%3F%23"), std::pair("char(65533)", "%EF%BF%BD")}) {
    file.Sql(
        fmt::format("INSERT INTO api_key (id) VALUES ({0}); INSERT INTO account (id) VALUES ({0})", sql));
    for (const char* kind : {"apikeys", "accounts"}) {
      const Json entity = api.GetJson(fmt::format("/api/{}/{}", kind, path));
      ASSERT_TRUE(entity.is_object()) << path;
      EXPECT_EQ(PercentEncode(entity["id"].get<std::string>()), path);
      EXPECT_EQ(api.Get(fmt::format("/api/{}/{}/usage", kind, path)).status, 200) << path;
    }
    EXPECT_EQ(api.Get(fmt::format("/api/stats/series?keyId={}", path)).status, 200) << path;
    EXPECT_EQ(api.Get(fmt::format("/api/stats/heatmap?accountId={}", path)).status, 200) << path;
  }
  EXPECT_EQ(api.GetJson("/api/apikeys").size(), 6U);
  EXPECT_EQ(api.Get("/api/apikeys/%FF").status, 400);
}

TEST(ApiKeyById, IsInNoGroupWhenItsGroupIsGone) {
  UsageFile file;
  file.Key("k1", "", "group_id = 'g1'").Bound("k1", {"g1"}).Group("g1", "group one", {});
  const ApiUnderTest api(file.path());
  EXPECT_TRUE(api.GetJson("/api/apikeys/k1").contains("currentGroup"));
  EXPECT_EQ(api.GetJson("/api/apikeys?groupId=g1").size(), 1U);
  file.Sql("UPDATE account_group SET gone = 1");
  EXPECT_FALSE(api.GetJson("/api/apikeys/k1").contains("currentGroup"));
  EXPECT_EQ(api.GetJson("/api/apikeys?groupId=g1").size(), 0U);
  EXPECT_EQ(api.Get("/api/stats/series?groupId=g1").status, 404);
}

TEST(ApiKeyById, SumsTodayMonthAndTotalOverModels) {
  UsageFile file;
  const std::int64_t yesterday = kMinuteNow - 86400;
  file.Key("k1")
      .Minute(kMinuteNow, {.entity = "k1", .requests = 1})
      .Minute(kMinuteNow - 3600, {.entity = "k1", .model = "opus", .requests = 10})
      .Minute(yesterday, {.entity = "k1", .requests = 100})
      .Untimed(Level::kMonth, BucketOf(Level::kMonth, kNow - 40 * kDaySeconds, kOffset),
               {.entity = "k1", .requests = 1000})
      .Minute(kMinuteNow, {.entity = "other", .requests = 7})
      .Minute(kMinuteNow, {.kind = "account", .entity = "k1", .requests = 7});
  const Json usage = ApiUnderTest(file.path()).GetJson("/api/apikeys/k1")["usage"];
  EXPECT_EQ(usage["today"]["requests"], 11);
  EXPECT_EQ(usage["month"]["requests"], 111);
  EXPECT_EQ(usage["total"]["requests"], 1111);
}

TEST(ApiKeyById, RatesFallToZero) {
  UsageFile file;
  file.Key("k1").Minute(kMinuteNow, {.entity = "k1", .requests = 60});
  ApiUnderTest api(file.path());
  EXPECT_EQ(api.GetJson("/api/apikeys/k1")["rpm"], 60.0);
  api.clock.AdvanceMs(60'000);
  EXPECT_EQ(api.GetJson("/api/apikeys/k1")["rpm"], 30.0);  // half of its minute is in the last 60 s
  api.clock.AdvanceMs(240'000);
  EXPECT_EQ(api.GetJson("/api/apikeys/k1")["rpm"], 0.0);
  EXPECT_EQ(api.GetJson("/api/apikeys/k1")["usage"]["last10Minutes"]["totalRequests"], 60.0);
  api.clock.AdvanceMs(600'000);
  EXPECT_EQ(api.GetJson("/api/apikeys/k1")["usage"]["last10Minutes"]["totalRequests"], 0.0);
}

TEST(ApiKeyById, AgreesWithTheViewOfTheFile) {
  const std::int64_t now_ms = SystemClock().WallMs();
  const std::int64_t minute = BucketOf(Level::kMinute, now_ms / 1000, 0);
  UsageFile file(kOffset, minute - 120);
  file.Key("k1");
  for (std::int64_t i = 0; i < 2000; i += 7)
    file.Minute(minute - i * 60, {.entity = "k1", .model = i % 2 == 0 ? "a" : "b", .requests = i + 1});
  file.Untimed(Level::kDay, BucketOf(Level::kDay, minute - 3 * kDaySeconds, kOffset),
               {.entity = "k1", .requests = 5});
  const Json usage = ApiUnderTest(file.path(), now_ms).GetJson("/api/apikeys/k1")["usage"];
  for (const char* span : {"today", "month", "total"}) {
    EXPECT_EQ(usage[span]["requests"], file.Int(fmt::format("SELECT {}_requests FROM api_keys", span)))
        << span;
    EXPECT_EQ(usage[span]["totalTokens"], file.Int(fmt::format("SELECT {}_total_tokens FROM api_keys", span)))
        << span;
  }
}

TEST(ApiKeyById, KeysThatAreGoneStay) {
  UsageFile file;
  file.Key("k1", "", "gone = 1");
  const Json key = ApiUnderTest(file.path()).GetJson("/api/apikeys/k1");
  EXPECT_EQ(key["isDeleted"], true);
  EXPECT_EQ(key["isActive"], false);
}

TEST(ApiKeyById, AnUnknownIdIsNotFound) {
  UsageFile file;
  const ApiUnderTest api(file.path());
  EXPECT_EQ(api.Get("/api/apikeys/nobody").status, 404);
  EXPECT_EQ(api.Get("/api/apikeys/k1%27%20OR%201%3D1--").status, 404);
  EXPECT_EQ(api.Get("/api/apikeys/k1?limit=1").status, 400);
}

TEST(ApiKeyById, TextThatIsNoUtf8OrNoTagsIsNoError) {
  UsageFile file;
  file.Key("k1", "", "name = CAST(x'ff41' AS TEXT), tags = 'not json'");
  const Json key = ApiUnderTest(file.path()).GetJson("/api/apikeys/k1");
  EXPECT_EQ(key["name"],
            "\xEF\xBF\xBD"
            "A");
  EXPECT_EQ(key["tags"], Json::array());
}

TEST(ApiKeyTags, OfAnOlderFileThatAreNoneAreEmpty) {
  UsageFile file;
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  file.Key("k1", "", "tags = '" + nested(410) + "'").Key("k2", "", "tags = '" + nested(100'000) + "'");
  file.Key("k3", "", "tags = '" + std::string(4096, '[') + "'").Key("k4", "", "tags = '[1,\"x\"]'");
  file.Key("k5", "", R"(tags = '["x","[[{"]')");
  const ApiUnderTest api(file.path());
  const Json keys = api.GetJson("/api/apikeys");
  ASSERT_EQ(keys.size(), 5U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(keys[i]["tags"], Json::array()) << keys[i]["keyId"];
  EXPECT_EQ(keys[4]["tags"], Json::array({"x", "[[{"}));
  for (const char* tag : {"x", "%5B%5B%7B"}) {
    const Json tagged = api.GetJson(std::string("/api/apikeys?tag=") + tag);
    ASSERT_EQ(tagged.size(), 1U) << tag;
    EXPECT_EQ(tagged[0]["keyId"], "k5");
  }
}

class ApiKeyList : public ::testing::Test {
 protected:
  ApiKeyList() {
    file_.Key("k1", "Beta", "created_at = '2026-01-03', tags = '[\"x\"]'")
        .Key("k2", "alpha", "created_at = '2026-01-02', is_active = 0, group_id = 'g1'")
        .Bound("k2", {"g1"})
        .Group("g1", "group one", {})
        .Key("k3", "Gamma", "created_at = '2026-01-01', gone = 1, tags = 'broken'")
        .Key("k4", "Beta", "created_at = '2026-01-03', description = 'wild'");
  }

  [[nodiscard]] Names List(const std::string& query) { return Ids(api_.GetJson("/api/apikeys?" + query)); }

  UsageFile file_;
  ApiUnderTest api_{file_.path()};
};

TEST_F(ApiKeyList, IsABareArrayWithItsCount) {
  const Response response = api_.Get("/api/apikeys");
  EXPECT_EQ(Ids(Json::parse(response.body)), (Names{"k1", "k2", "k3", "k4"}));
  EXPECT_EQ(*response.FindHeader("X-Total-Count"), "4");
  EXPECT_EQ(response.FindHeader("Link"), nullptr);
}

TEST_F(ApiKeyList, Filters) {
  EXPECT_EQ(List("isActive=true"), (Names{"k1", "k4"}));
  EXPECT_EQ(List("isActive=false"), (Names{"k2", "k3"}));
  EXPECT_EQ(List("isDeleted=true"), (Names{"k3"}));
  EXPECT_EQ(List("groupId=g1"), (Names{"k2"}));
  EXPECT_EQ(List("tag=x"), (Names{"k1"}));
  EXPECT_EQ(List("search=BETA"), (Names{"k1", "k4"}));
  EXPECT_EQ(List("search=wil"), (Names{"k4"}));
  EXPECT_EQ(List("search=beta&tag=x&isActive=1"), (Names{"k1"}));
  EXPECT_EQ(List("search="), (Names{"k1", "k2", "k3", "k4"}));
}

TEST_F(ApiKeyList, Sorts) {
  EXPECT_EQ(List("sort=createdAt"), (Names{"k3", "k2", "k1", "k4"}));
  EXPECT_EQ(List("sort=createdAt&order=desc"), (Names{"k4", "k1", "k2", "k3"}));
  EXPECT_EQ(List("sort=name"), (Names{"k1", "k4", "k3", "k2"}));
}

TEST_F(ApiKeyList, PagesThroughAllWithoutRepeatingAny) {
  for (const char* sort : {"name", "createdAt", "keyId"}) {
    for (const char* order : {"asc", "desc"}) {
      Names seen;
      std::string target = fmt::format("/api/apikeys?sort={}&order={}&limit=1&search=a", sort, order);
      for (int page = 0; page < 10 && !target.empty(); ++page) {
        const Response response = api_.Get(target);
        ASSERT_EQ(response.status, 200) << response.body;
        EXPECT_EQ(*response.FindHeader("X-Total-Count"), "4");
        for (const std::string& id : Ids(Json::parse(response.body))) seen.push_back(id);
        const std::string* link = response.FindHeader("Link");
        target = link == nullptr ? "" : link->substr(1, link->find('>') - 1);
      }
      EXPECT_EQ(seen, List(fmt::format("sort={}&order={}", sort, order))) << sort << order;
    }
  }
}

TEST_F(ApiKeyList, ParametersThatAreWrongAreNamed) {
  for (const char* query : {"limit=0", "limit=10001", "limit=x", "isActive=maybe", "isDeleted=2",
                            "sort=cost'--", "order=up", "cursor=zz", "cursor=00", "cursor=5b5d"}) {
    const Response response = api_.Get(std::string("/api/apikeys?") + query);
    EXPECT_EQ(response.status, 400) << query;
    const std::string name(query, std::string_view(query).find('='));
    EXPECT_EQ(DetailOf(response).find(name), 0U) << DetailOf(response);
  }
}

TEST_F(ApiKeyList, ACursorOfAnotherOrderIsRefused) {
  const std::string cursor = Cursor{"name", "asc", std::string("Beta"), "k1"}.Encode();
  EXPECT_EQ(List("sort=name&cursor=" + cursor), (Names{"k4", "k3", "k2"}));
  EXPECT_EQ(api_.Get("/api/apikeys?sort=createdAt&cursor=" + cursor).status, 400);
  EXPECT_EQ(api_.Get("/api/apikeys?sort=name&order=desc&cursor=" + cursor).status, 400);
}

TEST_F(ApiKeyList, SqlInAnyParameterIsText) {
  const std::string sql = "%27%29%3B%20DELETE%20FROM%20api_key%3B--";
  for (const char* name : {"groupId", "search", "tag"})
    EXPECT_EQ(List(fmt::format("{}={}", name, sql)), Names{}) << name;
  for (const char* name : {"isActive", "isDeleted", "sort", "order", "limit", "cursor"})
    EXPECT_EQ(api_.Get(fmt::format("/api/apikeys?{}={}", name, sql)).status, 400) << name;
  EXPECT_EQ(file_.Int("SELECT count(*) FROM api_key"), 4);
}

TEST_F(ApiKeyList, AMissingFileIsUnavailable) {
  const ApiUnderTest api("/nowhere/keymeter.db");
  for (const char* path : {"/api/apikeys", "/api/apikeys/k1", "/api/accounts", "/api/stats/series",
                           "/api/realtime/system-metrics"}) {
    const Response response = api.Get(path);
    EXPECT_EQ(response.status, 503) << path;
    EXPECT_EQ(Json::parse(response.body)["reasons"].size(), 1U) << path;
  }
}

TEST_F(ApiKeyList, AnEtagStaysWhileNothingChanges) {
  const std::string etag = *api_.Get("/api/apikeys").FindHeader("ETag");
  const auto again = [&] { return api_.Get("/api/apikeys", {{"If-None-Match", etag}}); };
  EXPECT_EQ(again().status, 304);
  EXPECT_TRUE(again().body.empty());
  api_.clock.AdvanceMs(1000);
  EXPECT_EQ(again().status, 200);  // rates may have fallen
  EXPECT_NE(*api_.Get("/api/apikeys?limit=1").FindHeader("ETag"),
            *api_.Get("/api/apikeys").FindHeader("ETag"));
}

TEST_F(ApiKeyList, AnEtagChangesWithTheData) {
  const std::string etag = *api_.Get("/api/apikeys").FindHeader("ETag");
  file_.Sql("UPDATE source_state SET data_version = data_version + 1");
  EXPECT_EQ(api_.Get("/api/apikeys", {{"If-None-Match", etag}}).status, 200);
}

}  // namespace
}  // namespace keymeter::query_api
