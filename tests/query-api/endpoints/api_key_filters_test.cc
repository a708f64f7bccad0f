// What /api/apikeys can be asked for beyond its first filters: owners, times, costs, texts of any script.

#include <gtest/gtest.h>

#include "schema/percent.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

using Names = std::vector<std::string>;

class ApiKeyFilters : public ::testing::Test {
 protected:
  ApiKeyFilters() {
    file_
        .Key("k1", "Ключ Москва",
             "created_at = '2026-11-01T15:59:59.999Z', expires_at = '2026-12-01T00:00:00Z', user_id = 'u1', "
             "user_username = 'ann'")
        .Key("k2", "100%_o''clock",
             "created_at = '2026-11-01T16:00:00Z', expires_at = '2026-12-01T00:00:00.001Z', user_id = 'ann'")
        .Key("k3", "école", "created_at = '2026-11-30T16:00:00Z', user_username = 'bob'")
        .Key("k4", "我的键")
        .Minute(kMinuteNow, {.entity = "k1", .requests = 1})
        .Minute(kMinuteNow - 2 * kDaySeconds, {.entity = "k1", .model = "opus", .requests = 1})
        .Minute(kMinuteNow, {.entity = "k2", .requests = 1500})
        .Untimed(Level::kMonth, BucketOf(Level::kMonth, kNow - 70 * kDaySeconds, kOffset),
                 {.entity = "k3", .requests = 10'000});
  }

  [[nodiscard]] Names List(const std::string& query) const {
    Names ids;
    for (const Json& key : api_.GetJson("/api/apikeys?" + query)) ids.push_back(key.at("keyId"));
    return ids;
  }
  [[nodiscard]] Names Search(const std::string& text) const { return List("search=" + PercentEncode(text)); }

  UsageFile file_;
  ApiUnderTest api_{file_.path()};
  ApiUnderTest viewer_{file_.path(), kNowMs, Role::kViewer};
};

TEST_F(ApiKeyFilters, OwnerIsAnIdOrAName) {
  EXPECT_EQ(List("owner=ann"), (Names{"k1", "k2"}));
  EXPECT_EQ(List("owner=u1"), (Names{"k1"}));
  EXPECT_EQ(List("owner=ANN"), Names{});
  EXPECT_EQ(List("owner="), (Names{"k1", "k2", "k3", "k4"}));
}

TEST_F(ApiKeyFilters, OwnerIsForAdmins) {
  const Response refused = viewer_.Get("/api/apikeys?owner=ann");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(DetailOf(refused), "owner is a filter for the role admin: others do not see who owns a key");
  EXPECT_EQ(viewer_.Get("/api/apikeys?owner=nobody").status, 403);
  EXPECT_EQ(viewer_.Get("/api/apikeys?owner=").status, 200);
}

TEST_F(ApiKeyFilters, CreatedBetweenTwoDaysOfTheSource) {
  EXPECT_EQ(List("createdAfter=2026-11-02"), (Names{"k2", "k3"}));
  EXPECT_EQ(List("createdBefore=2026-11-02"), (Names{"k1"}));
  EXPECT_EQ(List("createdAfter=2026-11-01&createdBefore=2026-12-01"), (Names{"k1", "k2"}));
}

TEST_F(ApiKeyFilters, CreatedBetweenTwoMoments) {
  EXPECT_EQ(List("createdAfter=2026-11-01T16:00:00Z"), (Names{"k2", "k3"}));
  EXPECT_EQ(List("createdAfter=2026-11-02T00:00:00%2B08:00"), (Names{"k2", "k3"}));
  EXPECT_EQ(List("createdBefore=2026-11-01T16:00:00Z"), (Names{"k1"}));
  EXPECT_EQ(List("createdBefore=2026-11-01T16:00:00.001Z"), (Names{"k1", "k2"}));
  EXPECT_EQ(List("createdAfter=2026-11-01T15:59:59.999Z&createdBefore=2026-11-01T15:59:59.999Z"), Names{});
}

TEST_F(ApiKeyFilters, ExpiringIsWhatHasAnEnd) {
  EXPECT_EQ(List("expiresBefore=2027-01-01"), (Names{"k1", "k2"}));
  EXPECT_EQ(List("expiresBefore=2026-12-01T00:00:00.001Z"), (Names{"k1"}));
  EXPECT_EQ(List("expiresBefore=2026-12-01T00:00:00Z"), Names{});
}

TEST_F(ApiKeyFilters, ExpiryStatesExcludeEachOther) {
  file_.Sql("UPDATE api_key SET expires_at = '2026-11-20T12:34:30Z' WHERE id = 'k3'");
  EXPECT_EQ(List("expiry=expired"), (Names{"k3"}));
  EXPECT_EQ(List("expiry=expiring"), Names{});
  EXPECT_EQ(List("expiry=expiring&expiresWithin=11d"), (Names{"k1", "k2"}));
  EXPECT_EQ(List("expiresWithin=251h"), Names{});
  EXPECT_EQ(List("expiresWithin=252h"), (Names{"k1", "k2"}));
  EXPECT_EQ(List("expiry=valid"), (Names{"k1", "k2"}));
  EXPECT_EQ(List("expiry=valid&expiresWithin=11d"), Names{});
  EXPECT_EQ(List("expiry=never"), (Names{"k4"}));
  file_.Sql("UPDATE api_key SET expiration_mode = 'activation' WHERE id = 'k4'");
  EXPECT_EQ(List("expiry=never"), Names{}) << "its time begins with its first use";
  EXPECT_EQ(List("expiry=valid"), (Names{"k1", "k2", "k4"}));
  EXPECT_EQ(List("expiresAfter=2026-12-01T00:00:00.001Z"), (Names{"k2"}));
}

TEST_F(ApiKeyFilters, RangesAreOfTheUsageThatIsNamed) {
  EXPECT_EQ(List("minRequests=2"), (Names{"k1", "k2", "k3"}));
  EXPECT_EQ(List("minRequests=2&usageOf=today"), (Names{"k2"}));
  EXPECT_EQ(List("maxRequests=2"), (Names{"k1", "k4"}));
  EXPECT_EQ(List("minRequests=1&maxRequests=1500"), (Names{"k1", "k2"}));
  EXPECT_EQ(List("minRequests=2&usageOf=month"), (Names{"k1", "k2"}));
  EXPECT_EQ(List("minTokens=30&maxTokens=22500"), (Names{"k1", "k2"}));
  EXPECT_EQ(List("maxTokens=0&usageOf=today"), (Names{"k3", "k4"}));
  EXPECT_EQ(List("minCost=0.001&maxCost=0.001&usageOf=today"), (Names{"k1"}));
}

TEST_F(ApiKeyFilters, TagsAreCombined) {
  file_.Sql(
      R"(UPDATE api_key SET tags = '["a","b"]' WHERE id = 'k1';
         UPDATE api_key SET tags = '["b"]' WHERE id = 'k2')");
  EXPECT_EQ(List("tag=b"), (Names{"k1", "k2"}));
  EXPECT_EQ(List("tag=b&tag=a"), (Names{"k1"}));
  EXPECT_EQ(List("tag=b&tag=a&tag=c"), Names{});
  EXPECT_EQ(api_.Get("/api/apikeys?owner=a&owner=b").status, 400);
  const Response page = api_.Get("/api/apikeys?tag=b&tag=b&limit=1");
  EXPECT_NE(page.FindHeader("Link")->find("tag=b&tag=b&limit=1&cursor="), std::string::npos);
}

TEST_F(ApiKeyFilters, PlatformIsThatOfWhatServesTheKey) {
  file_.Account("a1", "platform = 'gemini'")
      .Group("g1", "group", {"a1"})
      .Sql("UPDATE account_group SET platform = 'claude'")
      .Sql(
          "INSERT INTO api_key_binding VALUES ('k1', 'claude', 'group', 'g1'), ('k2', 'openai', 'account', "
          "'a1')");
  EXPECT_EQ(List("platform=claude"), (Names{"k1"}));
  EXPECT_EQ(List("platform=openai"), (Names{"k2"}));
  EXPECT_EQ(List("platform=gemini"), (Names{"k2"}));
  file_.Sql("UPDATE account_group SET gone = 1");
  EXPECT_EQ(List("platform=claude"), Names{});
}

TEST_F(ApiKeyFilters, OwnersOrderTheListOfAdmins) {
  EXPECT_EQ(List("sort=owner"), (Names{"k4", "k1", "k2", "k3"}));
  EXPECT_EQ(List("sort=owner&order=desc&limit=2"), (Names{"k3", "k2"}));
  EXPECT_EQ(viewer_.Get("/api/apikeys?sort=owner").status, 403);
}

TEST_F(ApiKeyFilters, CostIsOfAllThatAKeyEverUsed) {
  EXPECT_EQ(List("minCost=0.002"), (Names{"k1", "k2", "k3"}));
  EXPECT_EQ(List("minCost=0.0021"), (Names{"k2", "k3"}));
  EXPECT_EQ(List("maxCost=1.5"), (Names{"k1", "k2", "k4"}));
  EXPECT_EQ(List("minCost=1.5&maxCost=10"), (Names{"k2", "k3"}));
  EXPECT_EQ(List("minCost=0&maxCost=0"), (Names{"k4"}));
  EXPECT_EQ(List("minCost=10.5"), Names{});
  const Response counted = api_.Get("/api/apikeys?minCost=1.5&limit=1");
  EXPECT_EQ(*counted.FindHeader("X-Total-Count"), "2");
}

TEST_F(ApiKeyFilters, SearchTakesEveryTextAsItIs) {
  EXPECT_EQ(Search("%"), (Names{"k2"}));
  EXPECT_EQ(Search("_O'CLOCK"), (Names{"k2"}));
  EXPECT_EQ(Search("'"), (Names{"k2"}));
  EXPECT_EQ(Search("мОСКВА"), (Names{"k1"}));
  EXPECT_EQ(Search("ÉCOLE"), (Names{"k3"}));
  EXPECT_EQ(Search("ecole"), Names{});
  file_.Sql("UPDATE api_key SET description = 'πελάτης, Straße' WHERE id = 'k4'");
  EXPECT_EQ(Search("ΠΕΛΆΤΗΣ"), (Names{"k4"}));
  EXPECT_EQ(Search("STRASSE"), (Names{"k4"}));
  EXPECT_EQ(Search("的键"), (Names{"k4"}));
  EXPECT_EQ(Search("\\"), Names{});
}

TEST_F(ApiKeyFilters, AllHoldAtOnce) {
  EXPECT_EQ(List("owner=ann&minCost=1&createdAfter=2026-11-02&search=CLOCK&sort=totalCost"), (Names{"k2"}));
  EXPECT_EQ(List("owner=ann&minCost=1&createdBefore=2026-11-02"), Names{});
}

TEST_F(ApiKeyFilters, WhatIsWrongIsNamed) {
  const std::string endless = "maxCost=" + std::string(330, '9');
  for (const char* query : {"createdAfter=yesterday",
                            "createdAfter=2026-02-30",
                            "createdBefore=2026-11-01T00:00:00",
                            "expiresBefore=1793000000",
                            "minCost=-1",
                            "minCost=NaN",
                            "minCost=inf",
                            "minCost=-0",
                            "minCost=1e3",
                            "minCost=1,5",
                            "minCost=%201",
                            "maxCost=infinity",
                            "maxCost=x",
                            "minCost=2&maxCost=1",
                            "minTokens=5&maxTokens=4",
                            "minTokens=-1",
                            "maxTokens=1.5",
                            "minRequests=x",
                            "maxRequests=1.5",
                            "minRequests=2&maxRequests=1",
                            "usageOf=year",
                            "expiry=soon",
                            "expiresWithin=7",
                            "expiresWithin=0d",
                            "expiresWithin=7w",
                            "expiresWithin=d",
                            endless.c_str()}) {
    const Response response = api_.Get(std::string("/api/apikeys?") + query);
    EXPECT_EQ(response.status, 400) << query;
    const std::string name(query, std::string_view(query).find('='));
    EXPECT_EQ(DetailOf(response).find(name), 0U) << DetailOf(response);
  }
}

TEST_F(ApiKeyFilters, SqlIsText) {
  const std::string sql = "%27%29%20OR%201%3D1--";
  EXPECT_EQ(List("owner=" + sql), Names{});
  for (const char* name : {"createdAfter", "createdBefore", "expiresBefore", "minCost", "maxCost"})
    EXPECT_EQ(api_.Get(fmt::format("/api/apikeys?{}={}", name, sql)).status, 400) << name;
}

}  // namespace
}  // namespace keymeter::query_api
