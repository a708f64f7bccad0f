#include "query-api/push/push_reader.h"

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

using Reason = HealthReason::Kind;

PushState Alert(const std::vector<HealthReason>& reasons) {
  return AlertState(reasons, kNowMs);
}

TEST(AlertState, SaysTheReasonsInWords) {
  const Json json = Json::parse(Alert({{Reason::kLag, 6000}, {Reason::kDrift, 3}}).json);
  EXPECT_EQ(json.at("ok"), false);
  EXPECT_EQ(json.at("reasons"), Json::array({"lag 6000 ms", "drift in 3 counters"}));
  EXPECT_EQ(Json::parse(Alert({}).json).at("ok"), true);
}

TEST(AlertState, AnAmountThatChangesIsNoNews) {
  EXPECT_EQ(Alert({{Reason::kSilent, 12}}).essence, Alert({{Reason::kSilent, 13}}).essence);
  EXPECT_NE(Alert({{Reason::kSilent, 12}}).essence, Alert({{Reason::kStopped, 12}}).essence);
  EXPECT_NE(Alert({}).essence, Alert({{Reason::kSilent, 12}}).essence);
}

TEST(AlertState, AnotherDetailIsNews) {
  EXPECT_NE(Alert({{Reason::kProblem, 0, "database 1"}}).essence,
            Alert({{Reason::kProblem, 0, "database 2"}}).essence);
}

TEST(ReadEntityIds, GivesAtMostAsManyAsAsked) {
  UsageFile file;
  file.Key("k1").Key("k2").Key("k3");
  ConnectionPool pool(file.path(), 1);
  ManualClock clock{kNowMs};
  auto snapshot = Snapshot::Take(pool, clock);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(*ReadEntityIds(*snapshot, PushKind::kApiKey, 2), (std::vector<std::string>{"k1", "k2"}));
}

TEST(EntityReader, ReadsWhatAllAccountsUsedOnce) {
  UsageFile file;
  file.Account("a1").Group("g1", "", {"a1"}).Group("g2", "", {"a1"});
  file.Minute(kMinuteNow, {.kind = "account", .entity = "a1"});
  ConnectionPool pool(file.path(), 1);
  ManualClock clock{kNowMs};
  auto snapshot = Snapshot::Take(pool, clock);
  std::optional<UsageCaches> caches(std::in_place);
  EntityReader reader(*snapshot, *caches);
  EXPECT_TRUE(*reader.Read(Role::kAdmin, {PushKind::kGroup, "g1"}));
  EXPECT_GT(caches->blocks.bytes(), 0U);
  caches.emplace();  // whoever reads again leaves it there
  EXPECT_TRUE(*reader.Read(Role::kAdmin, {PushKind::kGroup, "g2"}));
  EXPECT_EQ(caches->blocks.bytes(), 0U);
}

/// Read anew, the second account would be in no group, and the first one in none if a group had read them.
TEST(EntityReader, ReadsWhoIsInWhichGroupForTheFirstAccountAndOnce) {
  UsageFile file;
  file.Account("a1").Account("a2").Group("g1", "", {"a1", "a2"}).Group("g2", "", {});
  ConnectionPool pool(file.path(), 1);
  ManualClock clock{kNowMs};
  UsageCaches caches;
  std::optional<Snapshot> snapshot(std::move(*Snapshot::Take(pool, clock)));
  EntityReader reader(*snapshot, caches);
  const auto groups_of = [&](const char* account) {
    return Json::parse((*reader.Read(Role::kAdmin, {PushKind::kAccount, account}))->json).at("groups").size();
  };
  const auto change = [&](const std::string& sql) {
    snapshot.reset();
    file.Sql(sql);
    snapshot.emplace(std::move(*Snapshot::Take(pool, clock)));  // in the place that the reader knows
  };
  EXPECT_TRUE(*reader.Read(Role::kAdmin, {PushKind::kGroup, "g1"}));
  change("INSERT INTO group_member (group_id, account) VALUES ('g2', 'a1')");
  EXPECT_EQ(groups_of("a1"), 2U) << "a group reads no memberships of all";
  change("DELETE FROM group_member");
  EXPECT_EQ(groups_of("a2"), 1U) << "the second account reads none";
}

/// Whether a state is read again while the file stays the same.
class ChangesByTime : public ::testing::Test {
 protected:
  bool Of(PushKind kind, const std::string& id) {
    auto snapshot = Snapshot::Take(pool_, clock_);
    return (*EntityReader(*snapshot, caches_).Read(Role::kAdmin, {kind, id}))->changes_by_time;
  }

  UsageFile file_;
  ConnectionPool pool_{file_.path(), 1};
  ManualClock clock_{kNowMs};
  UsageCaches caches_;
};

TEST_F(ChangesByTime, AKeyDoesUntilItShowsNoRequestOfTheLastTenMinutes) {
  file_.Key("k1").Minute(kMinuteNow - 600, {.entity = "k1", .requests = 4});
  clock_.AdvanceMs(29'500);  // half a second later none is left
  {
    auto snapshot = Snapshot::Take(pool_, clock_);
    const auto state = EntityReader(*snapshot, caches_).Read(Role::kAdmin, {PushKind::kApiKey, "k1"});
    EXPECT_NE((*state)->json.find(R"("last10Minutes":{"avgRpm":0.0,"totalRequests":0.03})"),
              std::string::npos)
        << (*state)->json;
    EXPECT_TRUE((*state)->changes_by_time);
  }
  clock_.AdvanceMs(500);
  EXPECT_FALSE(Of(PushKind::kApiKey, "k1"));
}

TEST_F(ChangesByTime, AnAccountDoesWhileAMemberOfAnyOfItsGroupsIsActive) {
  file_.Account("a1").Account("a2").Group("g1", "", {"a1"}).Group("g2", "", {"a1", "a2"});
  EXPECT_FALSE(Of(PushKind::kAccount, "a1"));
  file_.Minute(kMinuteNow, {.kind = "account", .entity = "a2"});
  EXPECT_TRUE(Of(PushKind::kAccount, "a1"));
}

TEST_F(ChangesByTime, AnAccountDoesUntilTheEndOfItsMarks) {
  file_.Account("a1", "status = 'rate_limited'");
  EXPECT_FALSE(Of(PushKind::kAccount, "a1")) << "an end that is unknown does not come";
  file_.Sql("UPDATE account SET rate_limit_end_at = '2026-11-20T12:34:31Z'");
  EXPECT_TRUE(Of(PushKind::kAccount, "a1"));
  clock_.AdvanceMs(1000);
  EXPECT_FALSE(Of(PushKind::kAccount, "a1"));
  file_.Sql("UPDATE account SET opus_rate_limit_end_at = '2026-11-20T12:35:00Z'");
  EXPECT_TRUE(Of(PushKind::kAccount, "a1"));
}

TEST_F(ChangesByTime, AnAccountDoesWhileItIsUnavailable) {
  file_.Account("a1", "unavailable_until = '2026-11-20T12:34:31Z'");
  EXPECT_TRUE(Of(PushKind::kAccount, "a1"));
  clock_.AdvanceMs(1000);
  EXPECT_FALSE(Of(PushKind::kAccount, "a1"));
}

TEST(ReadRecentUse, ChangesWithEveryUse) {
  UsageFile file;
  ConnectionPool pool(file.path(), 1);
  ManualClock clock{kNowMs};
  const auto use = [&] {
    auto snapshot = Snapshot::Take(pool, clock);
    return ReadRecentUse(*snapshot, PushKind::kApiKey)->at("k1");
  };
  file.Minute(kMinuteNow, {.entity = "k1", .requests = 1});
  const std::uint64_t before = use();
  EXPECT_EQ(use(), before);
  file.Minute(kMinuteNow, {.entity = "k1", .requests = 1});
  EXPECT_NE(use(), before);
}

}  // namespace
}  // namespace keymeter::query_api
