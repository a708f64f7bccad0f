#include "query-api/push/push_hub.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

/// A hub whose file says what the test publishes.
class PushHubTest : public ::testing::Test {
 protected:
  /// The texts that the client is to be sent now.
  std::vector<std::string> Take(PushHub::ClientId client, std::size_t most = 100) {
    std::vector<std::string> texts;
    while (texts.size() < most) {
      const Frame frame = hub_.Next(client);
      if (!frame) break;
      texts.push_back(frame->substr(frame->size() < 128 ? 2 : 4));
    }
    return texts;
  }
  void Say(PushHub::ClientId client, const std::string& text) {
    EXPECT_TRUE(hub_.Receive(client, text).may_stay);
  }
  void Know(PushKind kind, const std::string& id, int value, Role role = Role::kAdmin) {
    hub_.Publish(role, {kind, id}, std::to_string(value), static_cast<std::uint64_t>(value));
  }
  static std::string Key(int value) { return PushUpdate(PushKind::kApiKey, std::to_string(value)); }

  int asked_ = 0;
  PushHub hub_{[this] { ++asked_; }};
  PushHub::ClientId client_ = hub_.Join(Role::kAdmin);
};

using Texts = std::vector<std::string>;

TEST_F(PushHubTest, TheFirstMessageIsThePresentState) {
  Say(client_, R"({"subscribe":"apikey","id":"k1"})");
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(Take(client_), Texts{});
  Know(PushKind::kApiKey, "k1", 1);
  EXPECT_EQ(Take(client_), Texts{Key(1)});
  EXPECT_EQ(Take(client_), Texts{});
}

TEST_F(PushHubTest, WhatIsKnownIsSentAtOnce) {
  Say(client_, R"({"subscribe":"apikey","id":"k1"})");
  Know(PushKind::kApiKey, "k1", 1);
  const auto other = hub_.Join(Role::kAdmin);
  Say(other, R"({"subscribe":"apikey","id":"k1"})");
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(Take(other), Texts{Key(1)});
}

TEST_F(PushHubTest, ChangesThatWereNotTakenOverwriteEachOther) {
  Say(client_, R"({"subscribe":"apikey","id":"k1"})");
  for (int value = 1; value <= 1000; ++value) Know(PushKind::kApiKey, "k1", value);
  EXPECT_EQ(Take(client_), Texts{Key(1000)});
}

TEST_F(PushHubTest, TheSameAgainIsNoNews) {
  Say(client_, R"({"subscribe":"apikey","id":"k1"})");
  Know(PushKind::kApiKey, "k1", 1);
  EXPECT_EQ(Take(client_).size(), 1U);
  Know(PushKind::kApiKey, "k1", 1);
  EXPECT_EQ(Take(client_), Texts{});
}

TEST_F(PushHubTest, OneSlowClientDoesNotChangeWhatOthersGet) {
  const auto slow = hub_.Join(Role::kAdmin);
  for (const auto client : {client_, slow}) Say(client, R"({"subscribe":"apikey","id":"k1"})");
  Know(PushKind::kApiKey, "k1", 1);
  EXPECT_EQ(Take(client_), Texts{Key(1)});
  Know(PushKind::kApiKey, "k1", 2);
  EXPECT_EQ(Take(client_), Texts{Key(2)});
  EXPECT_EQ(Take(slow), Texts{Key(2)});
}

TEST_F(PushHubTest, AllOfAKindComesInTheOrderOfItsChangesThenSaysThatItIsWhole) {
  Say(client_, R"({"subscribe":"apikey"})");
  Know(PushKind::kApiKey, "b", 1);
  Know(PushKind::kApiKey, "a", 2);
  EXPECT_EQ(Take(client_, 1), Texts{Key(1)});
  Know(PushKind::kApiKey, "b", 3);
  hub_.PublishComplete(Role::kAdmin, PushKind::kApiKey);
  EXPECT_EQ(Take(client_), (Texts{Key(2), Key(3), PushSynced(PushKind::kApiKey, 2)}));
  Know(PushKind::kApiKey, "new", 4);
  EXPECT_EQ(Take(client_), Texts{Key(4)});
}

TEST_F(PushHubTest, AllOfNothingIsWholeAtOnce) {
  Say(client_, R"({"subscribe":"group"})");
  EXPECT_EQ(Take(client_), Texts{});
  hub_.PublishComplete(Role::kAdmin, PushKind::kGroup);
  EXPECT_EQ(Take(client_), Texts{PushSynced(PushKind::kGroup, 0)});
}

TEST_F(PushHubTest, OneAndAllOfAKindDoNotSendTwice) {
  Say(client_, R"({"subscribe":"apikey"})");
  Say(client_, R"({"subscribe":"apikey","id":"k1"})");
  Know(PushKind::kApiKey, "k1", 1);
  EXPECT_EQ(Take(client_), Texts{Key(1)});
  Know(PushKind::kApiKey, "k1", 2);
  EXPECT_EQ(Take(client_), Texts{Key(2)});
}

TEST_F(PushHubTest, WhoUnsubscribesHearsNoMore) {
  Say(client_, R"({"subscribe":"apikey","id":"k1"})");
  Say(client_, R"({"subscribe":"apikey","id":"k2"})");
  Say(client_, R"({"unsubscribe":"apikey","id":"k1"})");
  Say(client_, R"({"unsubscribe":"apikey","id":"never"})");
  Know(PushKind::kApiKey, "k1", 1);
  Know(PushKind::kApiKey, "k2", 2);
  EXPECT_EQ(Take(client_), Texts{Key(2)});
}

TEST_F(PushHubTest, WhoSubscribesAgainGetsThePresentStateAgain) {
  Say(client_, R"({"subscribe":"apikey","id":"k1"})");
  Know(PushKind::kApiKey, "k1", 1);
  EXPECT_EQ(Take(client_).size(), 1U);
  Say(client_, R"({"subscribe":"apikey","id":"k1"})");
  EXPECT_EQ(Take(client_), Texts{Key(1)});
}

TEST_F(PushHubTest, MetricsBringAlertsAndTakeThemAway) {
  const std::string metrics = PushUpdate(PushKind::kMetrics, "1");
  const std::string alert = PushUpdate(PushKind::kAlert, "2");
  Say(client_, R"({"subscribe":"metrics"})");
  Know(PushKind::kMetrics, "", 1);
  Know(PushKind::kAlert, "", 2);
  EXPECT_EQ(Take(client_), (Texts{metrics, alert}));
  Say(client_, R"({"unsubscribe":"metrics"})");
  Know(PushKind::kAlert, "", 3);
  EXPECT_EQ(Take(client_), Texts{});
}

TEST_F(PushHubTest, AnAlertThatWasAskedForStaysWithoutMetrics) {
  Say(client_, R"({"subscribe":"alert"})");
  Say(client_, R"({"subscribe":"metrics"})");
  Say(client_, R"({"unsubscribe":"metrics"})");
  Know(PushKind::kMetrics, "", 1);
  Know(PushKind::kAlert, "", 2);
  EXPECT_EQ(Take(client_), Texts{PushUpdate(PushKind::kAlert, "2")});
}

TEST_F(PushHubTest, RolesSeeDifferentTexts) {
  const auto viewer = hub_.Join(Role::kViewer);
  for (const auto client : {client_, viewer}) Say(client, R"({"subscribe":"apikey","id":"k1"})");
  Know(PushKind::kApiKey, "k1", 1, Role::kAdmin);
  Know(PushKind::kApiKey, "k1", 2, Role::kViewer);
  EXPECT_EQ(Take(client_), Texts{Key(1)});
  EXPECT_EQ(Take(viewer), Texts{Key(2)});
}

TEST_F(PushHubTest, AnUnknownIdIsAnErrorAndNoSubscription) {
  Say(client_, R"({"subscribe":"account","id":"a1"})");
  EXPECT_FALSE(hub_.PublishMissing(Role::kAdmin, {PushKind::kAccount, "a1"}));
  EXPECT_EQ(Take(client_),
            Texts{PushProblem(404, "there is no account with this id", {PushKind::kAccount, "a1"})});
  EXPECT_TRUE(hub_.Interests().empty());
}

TEST_F(PushHubTest, WhatGoesIsSaidOnceAndMayComeBack) {
  Say(client_, R"({"subscribe":"group","id":"g1"})");
  Know(PushKind::kGroup, "g1", 1);
  EXPECT_EQ(Take(client_).size(), 1U);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(hub_.PublishMissing(Role::kAdmin, {PushKind::kGroup, "g1"}));
  EXPECT_EQ(Take(client_), Texts{PushRemoved({PushKind::kGroup, "g1"})});
  Know(PushKind::kGroup, "g1", 1);
  EXPECT_EQ(Take(client_), Texts{PushUpdate(PushKind::kGroup, "1")});
}

TEST_F(PushHubTest, WhoWaitsForAFirstStateIsToldOnceThatNothingCanBeRead) {
  Say(client_, R"({"subscribe":"apikey","id":"k1"})");
  Say(client_, R"({"subscribe":"apikey","id":"k2"})");
  Know(PushKind::kApiKey, "k2", 1);
  for (int i = 0; i < 2; ++i) hub_.PublishUnavailable("no file");
  EXPECT_EQ(Take(client_), (Texts{PushProblem(503, "no file", {PushKind::kApiKey, "k1"}), Key(1)}));
  Know(PushKind::kApiKey, "k1", 2);
  EXPECT_EQ(Take(client_), Texts{Key(2)});
}

TEST_F(PushHubTest, MoreThan256SubscriptionsAreRefused) {
  for (int i = 0; i < 256; ++i) Say(client_, fmt::format(R"({{"subscribe":"apikey","id":"k{}"}})", i));
  EXPECT_EQ(Take(client_), Texts{});
  Say(client_, R"({"subscribe":"apikey","id":"one more"})");
  const auto texts = Take(client_);
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_NE(texts[0].find(R"("code":429)"), std::string::npos);
  EXPECT_EQ(hub_.Interests().at(0).ids.size(), 256U);
}

TEST_F(PushHubTest, NonsenseIsAnErrorAndMuchOfItUntakenIsTheEnd) {
  Say(client_, "nonsense");
  const auto texts = Take(client_);
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_NE(texts[0].find(R"("code":400)"), std::string::npos);
  for (std::size_t i = 0; i < PushHub::kMaxProblems; ++i) Say(client_, "nonsense");
  EXPECT_FALSE(hub_.Receive(client_, "nonsense").may_stay);
}

TEST_F(PushHubTest, TellsWhatIsWantedByRoleAndKind) {
  const auto viewer = hub_.Join(Role::kViewer);
  Say(client_, R"({"subscribe":"apikey","id":"k1"})");
  Say(client_, R"({"subscribe":"apikey"})");
  Say(viewer, R"({"subscribe":"account","id":"a1"})");
  const auto interests = hub_.Interests();
  ASSERT_EQ(interests.size(), 2U);
  EXPECT_EQ(interests[0].role, Role::kViewer);
  EXPECT_EQ(interests[0].ids, std::set<std::string>{"a1"});
  EXPECT_FALSE(interests[0].all);
  EXPECT_EQ(interests[1].kind, PushKind::kApiKey);
  EXPECT_TRUE(interests[1].all);
  hub_.Leave(client_);
  hub_.Leave(viewer);
  EXPECT_TRUE(hub_.Interests().empty());
}

TEST_F(PushHubTest, TooManyToSubscribeToAllOfThemIsSaid) {
  Say(client_, R"({"subscribe":"apikey"})");
  Say(client_, R"({"subscribe":"apikey","id":"k1"})");
  hub_.RefuseAll(Role::kAdmin, PushKind::kApiKey, "too many");
  EXPECT_EQ(Take(client_), Texts{PushProblem(413, "too many", {PushKind::kApiKey})});
  EXPECT_FALSE(hub_.Interests().at(0).all);
}

TEST_F(PushHubTest, AllOfAKindCostsMoreThanOne) {
  EXPECT_EQ(hub_.Receive(client_, R"({"subscribe":"apikey","id":"k1"})").cost, 1);
  EXPECT_EQ(hub_.Receive(client_, R"({"subscribe":"apikey"})").cost, PushHub::kCostOfAll);
  EXPECT_EQ(hub_.Receive(client_, R"({"unsubscribe":"apikey"})").cost, 1);
}

}  // namespace
}  // namespace keymeter::query_api
