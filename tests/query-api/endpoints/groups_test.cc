#include "query-api/endpoints/groups.h"

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

using Names = std::vector<std::string>;

class GroupsApi : public ::testing::Test {
 protected:
  GroupsApi() {
    file_.Account("a1")
        .Account("a2", "gone = 1")
        .Account("a3")
        .Group("g1", "team α", {"a2", "a1", "never seen"})
        .Group("g2", "empty", {})
        .Group("g3", "deleted", {})
        .Sql("UPDATE account_group SET gone = 1 WHERE id = 'g3'")
        .Sql(
            "UPDATE account_group SET platform = 'claude', description = 'd', created_at = "
            "'2026-01-01T00:00:00Z' WHERE id = 'g1'")
        .Key("k1", "one")
        .Bound("k1", {"g2", "g1"})
        .Key("k2", "two")
        .Bound("k2", {"g3"})
        .Key("k3", "deleted", "is_deleted = 1")
        .Bound("k3", {"g1"})
        .Key("k4", "gone", "gone = 1")
        .Bound("k4", {"g1"})
        .Minute(kMinuteNow, {.kind = "account", .entity = "a1", .requests = 6})
        .Minute(kMinuteNow, {.entity = "k1", .requests = 4});
  }

  static Names Ids(const Json& list, const char* id) {
    Names ids;
    for (const Json& item : list) ids.push_back(item.at(id));
    return ids;
  }

  UsageFile file_;
  ApiUnderTest api_{file_.path()};
};

TEST_F(GroupsApi, ListWhatIsThere) {
  const Response response = api_.Get("/api/groups");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(*response.FindHeader("X-Total-Count"), "2");
  EXPECT_EQ(response.body,
            R"([{"id":"g1","name":"team α","platform":"claude","description":"d","memberCount":3,)"
            R"("members":["a1","a2","never seen"],"createdAt":"2026-01-01T00:00:00Z","updatedAt":null},)"
            R"({"id":"g2","name":"empty","platform":"","description":"","memberCount":0,"members":[],)"
            R"("createdAt":null,"updatedAt":null}])");
}

TEST_F(GroupsApi, HaveMembersWhoseIdsAreAnyBytes) {
  file_.Sql(
      "INSERT INTO group_member (group_id, account) VALUES ('g2', CAST(x'61ff22' AS TEXT)), ('g2', '[[{')");
  EXPECT_EQ(api_.GetJson("/api/groups")[1]["members"], Json::array({"[[{", "a\xEF\xBF\xBD\""}));
}

TEST_F(GroupsApi, SortAndPage) {
  EXPECT_EQ(Ids(api_.GetJson("/api/groups?sort=name"), "id"), (Names{"g2", "g1"}));
  const Response first = api_.Get("/api/groups?limit=1");
  const std::string* link = first.FindHeader("Link");
  ASSERT_NE(link, nullptr);
  EXPECT_EQ(Ids(api_.GetJson(link->substr(1, link->find('>') - 1)), "id"), (Names{"g2"}));
  EXPECT_EQ(api_.Get("/api/groups?sort=members").status, 400);
  EXPECT_EQ(api_.Get("/api/groups?platform=claude").status, 400);
}

TEST_F(GroupsApi, ChangeWithTheFileOnly) {
  const std::string etag = *api_.Get("/api/groups").FindHeader("ETag");
  api_.clock.AdvanceMs(60'000);
  EXPECT_EQ(api_.Get("/api/groups", {{"If-None-Match", etag}}).status, 304);
  file_.Sql("UPDATE source_state SET data_version = data_version + 1");
  EXPECT_EQ(api_.Get("/api/groups", {{"If-None-Match", etag}}).status, 200);
}

TEST_F(GroupsApi, HaveAccountsByTheirSetAndKeysByTheirBindings) {
  const Json members = api_.GetJson("/api/groups/g1/members");
  EXPECT_EQ(Ids(members["accounts"], "accountId"), (Names{"a1", "a2"}));
  EXPECT_EQ(Ids(members["apiKeys"], "keyId"), (Names{"k1"}));
  EXPECT_EQ(members["totalAccounts"], 2);
  EXPECT_EQ(members["totalApiKeys"], 1);
  EXPECT_EQ(members["accounts"][0]["usage"]["today"]["requests"], 6);
  EXPECT_EQ(members["apiKeys"][0]["usage"]["today"]["requests"], 4);
  EXPECT_EQ(Ids(api_.GetJson("/api/groups/g2/members")["apiKeys"], "keyId"), (Names{"k1"}));
}

TEST_F(GroupsApi, HaveTheMembersThatTheListsHaveByTheirGroup) {
  const Json members = api_.GetJson("/api/groups/g1/members");
  for (const auto& [kind, list] : {std::pair("accounts", "/api/accounts?groupId=g1"),
                                   std::pair("apiKeys", "/api/apikeys?isDeleted=false&groupId=g1")}) {
    Json listed = api_.GetJson(list);
    for (std::size_t i = 0; i < listed.size(); ++i)
      for (const char* member : {"groupId", "groupName", "expiresAt", "subscriptionExpiresAt"}) {
        listed[i].erase(member);
        EXPECT_TRUE(members[kind][i].value(member, Json("")).is_string()) << kind << ' ' << member;
      }
    for (std::size_t i = 0; i < listed.size(); ++i)
      for (const auto& [name, value] : listed[i].items()) EXPECT_EQ(members[kind][i][name], value) << name;
  }
}

TEST_F(GroupsApi, HaveMembersThatSayThisGroup) {
  file_.Group("g0", "first by id", {"a1"}).Sql("UPDATE api_key SET group_id = 'g2' WHERE id = 'k1'");
  const Json members = api_.GetJson("/api/groups/g1/members");
  for (const char* kind : {"accounts", "apiKeys"})
    for (const Json& member : members[kind]) {
      EXPECT_EQ(member["groupId"], "g1");
      EXPECT_EQ(member["groupName"], "team α");
      EXPECT_TRUE(member.contains("id") && member.contains("name") && member.contains("currentDailyCost"));
      EXPECT_FALSE(member.contains("expiresAt")) << "it has none, and pages take no null for it";
    }
}

TEST_F(GroupsApi, OneHasWhatItsPresentMembersUsed) {
  file_.Minute(kMinuteNow, {.kind = "account", .entity = "a2", .requests = 1})
      .Minute(kMinuteNow - 3 * kDaySeconds, {.kind = "account", .entity = "a1", .requests = 10})
      .Minute(kMinuteNow, {.kind = "account", .entity = "a3", .requests = 100});
  const Json group = api_.GetJson("/api/groups/g1");
  EXPECT_EQ(group["name"], "team α");
  EXPECT_EQ(group["memberCount"], 3);
  EXPECT_EQ(group["activeMembers"], 2);
  EXPECT_EQ(group["rpm"], 7.0);
  EXPECT_EQ(group["usage"]["today"]["requests"], 7);
  EXPECT_EQ(group["usage"]["month"]["requests"], 17);
  EXPECT_EQ(group["usage"]["total"]["requests"], 17);
  EXPECT_EQ(api_.GetJson("/api/groups/g2")["usage"]["total"]["requests"], 0);
  for (const char* path : {"/api/groups/g3", "/api/groups/none"})
    EXPECT_EQ(DetailOf(api_.Get(path)), "there is no group with this id") << path;
}

TEST_F(GroupsApi, LimitEitherListOfMembers) {
  const Json members = api_.GetJson("/api/groups/g1/members?limit=1");
  EXPECT_EQ(Ids(members["accounts"], "accountId"), (Names{"a1"}));
  EXPECT_EQ(members["totalAccounts"], 2);
  EXPECT_EQ(api_.Get("/api/groups/g1/members?limit=0").status, 400);
  EXPECT_EQ(api_.Get("/api/groups/g1/members?cursor=00").status, 400);
}

TEST_F(GroupsApi, AreNotFoundWhenTheyAreGoneOrNeverWere) {
  for (const char* path : {"/api/groups/g3/members", "/api/groups/none/members", "/api/groups/%27/members"}) {
    const Response response = api_.Get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(DetailOf(response), "there is no group with this id");
  }
}

}  // namespace
}  // namespace keymeter::query_api
