// What a viewer sees of keys and accounts, everywhere they are shown.

#include <gtest/gtest.h>

#include "query-api/endpoints/accounts.h"
#include "query-api/endpoints/api_keys.h"
#include "query-api/endpoints/groups.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

class Roles : public ::testing::Test {
 protected:
  Roles() {
    file_.Key("k1", "one", "user_id = 'u-secret', user_username = 'ann-secret', group_id = 'g1'")
        .Account("a1", "error_message = 'msg-secret', status = 'error'")
        .Group("g1", "group one", {"a1"})
        .Bound("k1", {"g1"})
        .Minute(kMinuteNow, {.entity = "k1"})
        .Minute(kMinuteNow, {.kind = "account", .entity = "a1"});
  }

  UsageFile file_;
  ApiUnderTest admin_{file_.path(), kNowMs, Role::kAdmin};
  ApiUnderTest viewer_{file_.path(), kNowMs, Role::kViewer};
};

constexpr std::array kShowEntities = {"/api/apikeys",  "/api/apikeys/k1",  "/api/apikeys?search=one",
                                      "/api/accounts", "/api/accounts/a1", "/api/groups/g1/members"};

TEST_F(Roles, AViewerSeesNoOwnersAndNoErrorMessages) {
  for (const char* target : kShowEntities) {
    EXPECT_NE(admin_.Get(target).body.find("secret"), std::string::npos) << target;
    const Response seen = viewer_.Get(target);
    EXPECT_EQ(seen.status, 200) << target;
    EXPECT_EQ(seen.body.find("secret"), std::string::npos) << target << seen.body;
  }
}

TEST_F(Roles, AreLeftOutLikeWhatIsNotThere) {
  const Json key = viewer_.GetJson("/api/apikeys/k1");
  for (const char* member : {"owner", "userId", "userUsername"}) EXPECT_FALSE(key.contains(member)) << member;
  EXPECT_FALSE(viewer_.GetJson("/api/accounts/a1").contains("errorMessage"));
  Json rest = admin_.GetJson("/api/apikeys/k1");
  for (const char* member : {"owner", "userId", "userUsername"}) rest.erase(member);
  EXPECT_EQ(key, rest);
}

TEST_F(Roles, HoldForOneEntityByItsId) {
  Snapshot snapshot = admin_.Now();
  const Caller viewer{.role = Role::kViewer};
  EXPECT_EQ(**ApiKeyJsonOf(snapshot, "k1", viewer), viewer_.GetJson("/api/apikeys/k1"));
  EXPECT_EQ(**ApiKeyJsonOf(snapshot, "k1", Caller()), admin_.GetJson("/api/apikeys/k1"));
  const auto accounts = AccountsState::Read(snapshot, admin_.caches());
  EXPECT_EQ(**AccountJsonOf(snapshot, admin_.caches(), *accounts, "a1", viewer),
            viewer_.GetJson("/api/accounts?include=hourly")[0]);
  EXPECT_EQ(**AccountJsonOf(snapshot, admin_.caches(), *accounts, "a1", Caller()),
            admin_.GetJson("/api/accounts?include=hourly")[0]);
  EXPECT_EQ(**GroupJsonOf(snapshot, accounts->totals, "g1"), viewer_.GetJson("/api/groups/g1"));
}

TEST_F(Roles, NobodyIsNothing) {
  Snapshot snapshot = admin_.Now();
  EXPECT_EQ(*ApiKeyJsonOf(snapshot, "a1", Caller()), std::nullopt);
  const auto accounts = AccountsState::Read(snapshot, admin_.caches());
  EXPECT_EQ(*AccountJsonOf(snapshot, admin_.caches(), *accounts, "k1", Caller()), std::nullopt);
  EXPECT_EQ(*GroupJsonOf(snapshot, accounts->totals, "g2"), std::nullopt);
}

}  // namespace
}  // namespace keymeter::query_api
