// What an administrator does: usage reset, keys deleted, restored, purged and made again, accounts moved.

#include <algorithm>
#include <string>
#include <tuple>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/integration/relay_life/relay_life.h"

namespace keymeter::testing {
namespace {

class Administration : public RelayLife {
 protected:
  Administration() {
    Install("1.1.314");
    relay_.MakeEntities();
    Serve(3);
    Serve(2, {.key = 1, .account = 1, .model = 2});
    Pass(2 * kHour);
    Serve(4);
  }
  [[nodiscard]] bool KeyBecomes(std::size_t key, const std::string& column, const std::string& value) const {
    return Becomes("SELECT " + column + " FROM api_keys WHERE api_key = '" + KeyId(key) + "'", value);
  }
};

TEST_F(Administration, AResetWhileWeWatchTakesNothingAway) {
  Watch();
  Serve(2);
  relay_.Reset();
  Serve(9);  // more than before: only the events tell
  EXPECT_EQ(Wrong(), "");
  Pass(kHour);
  Serve(1);
  AwaitAudit();
  EXPECT_EQ(Wrong(), "");
  EXPECT_EQ(Drift(), "");
}

TEST_F(Administration, AResetWhileWeAreAwayTakesNothingAway) {
  Watch();
  Serve(2);
  Leave();
  Pass(2 * kHour);
  relay_.Reset();
  Serve(1);
  Watch();
  Serve(1);
  EXPECT_EQ(Wrong(), "");
}

TEST_F(Administration, AResetBeforeTheFirstStartLeavesAccountsAlone) {
  LifeRelay fresh(server_, clock_);
  fresh.Reset();
  Watch();
  EXPECT_EQ(OfKind(DatabaseRows(Db()).SumView("api_key_usage_day"), "api_key").size(), 0U);
  EXPECT_TRUE(Becomes("SELECT sum(requests) FROM account_usage_hour", "9"));
}

TEST_F(Administration, AKeyIsDeletedRestoredAndUsedAgain) {
  Watch();
  relay_.DeleteKey(0);
  EXPECT_TRUE(KeyBecomes(0, "is_deleted", "1"));
  relay_.RestoreKey(0);
  EXPECT_TRUE(KeyBecomes(0, "is_deleted", "0"));
  Serve(2);
  EXPECT_EQ(Wrong(), "");
}

TEST_F(Administration, APurgedKeyKeepsItsUsageAndComesBackAsTheSame) {
  Watch();
  Serve(1);
  relay_.DeleteKey(0);
  relay_.PurgeKey(0);
  EXPECT_TRUE(KeyBecomes(0, "is_deleted", "1"));
  Pass(kHour);
  relay_.MakeKey(0);
  EXPECT_TRUE(KeyBecomes(0, "is_deleted", "0"));
  Serve(2);
  EXPECT_EQ(Wrong(), "");
  AwaitAudit();
  EXPECT_EQ(Wrong(), "");
  EXPECT_EQ(Drift(), "");
}

TEST_F(Administration, AKeyThatWasPurgedWhileWeWereAwayKeepsItsUsage) {
  Watch();
  Serve(1);
  Leave();
  Serve(2);
  relay_.DeleteKey(0);
  relay_.PurgeKey(0);
  Pass(kHour);
  Watch();
  EXPECT_EQ(Wrong(), "");
  EXPECT_TRUE(KeyBecomes(0, "is_deleted", "1"));
}

TEST_F(Administration, AnAccountMovesFromGroupToGroup) {
  const auto& from = relay_.population().groups[0];
  const auto& to = relay_.population().groups[1];
  const auto outsider = std::ranges::find_if(from.members, [&](std::size_t account) {
    return std::ranges::find(to.members, account) == to.members.end();
  });
  ASSERT_NE(outsider, from.members.end());
  const std::string group =
      "SELECT account_group FROM account_group_members WHERE account = '" + AccountId(*outsider) + "'";
  Watch();
  EXPECT_TRUE(Becomes(group, from.id)) << Value(group);
  relay_.MoveToGroup(*outsider, 0, 1);
  EXPECT_TRUE(Becomes(group, to.id)) << Value(group);
  EXPECT_EQ(Wrong(), "");
}

TEST_F(Administration, AnAccountBecomesOneOfAnotherKind) {
  const std::string platform = "SELECT platform FROM accounts WHERE account = '" + AccountId(0) + "'";
  Watch();
  EXPECT_TRUE(Becomes(platform, "claude-console"));
  relay_.MoveToKind(0, "claude:account");
  EXPECT_TRUE(Becomes(platform, "claude")) << Value(platform);
  Serve(2);
  EXPECT_EQ(Wrong(), "");
}

TEST_F(Administration, AListOfFiveThousandRecordsDisturbsNothing) {
  const std::string list = "usage:records:" + KeyId(0);
  std::string commands;
  for (int i = 0; i < 5000; ++i)
    AppendResp(commands,
               {"LPUSH", list, R"({"timestamp":"2026-11-20T12:30:00.000Z","model":"m","cost":0.1})"});
  AppendResp(commands, {"LTRIM", list, "0", "4999"});
  Watch();
  EXPECT_EQ(relay_.redis().Pipe(commands).errors, 0);
  Serve(2);
  EXPECT_EQ(Wrong(), "");
}

TEST_F(Administration, AccountsThatAreJsonStringsHaveNames) {
  Watch();
  EXPECT_TRUE(Becomes("SELECT count(*) FROM accounts WHERE platform = 'bedrock' AND name != ''", "1"));
}

// Vertex accounts are proposed at the relay, not merged: a profile that names them is enough.
TEST_F(Administration, AKindOfAccountThatIsAJsonStringNeedsOnlyAProfile) {
  auto profile = nlohmann::json::parse(ReadFile(KEYMETER_PROFILES "/claude-relay-service.json"));
  profile["entities"].push_back({{"kind", "account"},
                                 {"type", "json"},
                                 {"key", "vertex_account:{id}"},
                                 {"index", "vertex_account:index"},
                                 {"defaults", {{"platform", "vertex"}}},
                                 {"fields", {{"name", "name"}, {"is_active", "isActive"}}}});
  profile_ = directory_.File("vertex.json");
  WriteFile(profile_, profile.dump());
  relay_.redis().Must({"SADD", "vertex_account:index", "v-1"});
  relay_.redis().Must({"SET", "vertex_account:v-1",
                       R"({"id":"v-1","name":"Vertex Süd","isActive":"true","privateKey":"never read"})"});
  Watch();
  EXPECT_TRUE(
      Becomes("SELECT name || ' ' || platform FROM accounts WHERE account = 'v-1'", "Vertex Süd vertex"));
  Serve(2);
  EXPECT_EQ(Wrong(), "");
}

TEST_F(Administration, AnImportedAccountThatNoIndexNamesIsListed) {
  relay_.redis().Must({"HSET", "claude:account:imported-1", "name", "imported", "isActive", "true"});
  Watch();
  EXPECT_TRUE(Becomes("SELECT name FROM accounts WHERE account = 'imported-1'", "imported"));
}

}  // namespace
}  // namespace keymeter::testing
