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
