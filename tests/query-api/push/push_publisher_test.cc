#include "query-api/push/push_publisher.h"

#include <gtest/gtest.h>

#include "query-api/push/push_reader.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

using Round = PushPublisher::Round;

/// The publisher over a real file, without its thread.
class PushPublisherTest : public ::testing::Test {
 protected:
  PushPublisherTest() { file_.Heartbeat(kNowMs); }

  void Say(const std::string& text) { EXPECT_TRUE(hub_.Receive(client_, text).may_stay); }
  Json Next(PushHub::ClientId client) {
    const Frame frame = hub_.Next(client);
    return frame ? Json::parse(frame->substr(frame->find('{'))) : Json();
  }
  Json Next() { return Next(client_); }
  /// The event that comes, and nothing after it.
  Json OnlyNext() {
    Json event = Next();
    const Json more = Next();
    EXPECT_TRUE(more.is_null()) << more;
    return event;
  }
  /// As a processor's flush does.
  void Flush(const std::string& sql = "") {
    file_.Sql(sql + ";UPDATE source_state SET data_version = data_version + 1");
  }
  void Use(const std::string& key, std::int64_t requests = 1) {
    file_.Minute(kMinuteNow, {.entity = key, .requests = requests});
    Flush();
  }

  UsageFile file_;
  ManualClock clock_{kNowMs};
  ConnectionPool pool_{file_.path(), 1};
  ApiContext context_{pool_, clock_};
  PushHub hub_;
  PushPublisher publisher_{context_, hub_};
  PushHub::ClientId client_ = hub_.Join(Role::kAdmin);
};

TEST_F(PushPublisherTest, WithoutSubscribersTheFileIsNotEvenOpened) {
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(pool_.open_connections(), 0U);
}

TEST_F(PushPublisherTest, AKeyIsPushedInTheShapeOfItsAnswerWheneverItChanges) {
  file_.Key("k1", "one").Minute(kMinuteNow, {.entity = "k1", .requests = 2});
  Say(R"({"subscribe":"apikey","id":"k1"})");
  publisher_.Publish(Round::kOnlyUnread);
  const Json first = OnlyNext();
  EXPECT_EQ(first.at("event"), "apikey:update");
  EXPECT_EQ(first.at("data"), ApiUnderTest(file_.path()).GetJson("/api/apikeys/k1"));
  publisher_.Publish(Round::kAll);
  EXPECT_TRUE(Next().is_null()) << "nothing has changed";
  Use("k1");
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(OnlyNext().at("data").at("usage").at("today").at("requests"), 3);
  Flush("UPDATE api_key SET name = 'renamed'");
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(OnlyNext().at("data").at("name"), "renamed");
}

TEST_F(PushPublisherTest, ARateIsPushedUntilItIsZeroAndThenNothing) {
  file_.Key("k1").Minute(kMinuteNow, {.entity = "k1", .requests = 4});
  Say(R"({"subscribe":"apikey","id":"k1"})");
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(OnlyNext().at("data").at("rpm"), 4.0);
  clock_.AdvanceMs(45'000);  // 15 s into the next minute
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(OnlyNext().at("data").at("rpm"), 3.0);
  clock_.AdvanceMs(720'000);
  publisher_.Publish(Round::kAll);
  const Json last = OnlyNext();
  EXPECT_EQ(last.at("data").at("rpm"), 0.0);
  EXPECT_EQ(last.at("data").at("usage").at("last10Minutes").at("totalRequests"), 0.0);
  clock_.AdvanceMs(60'000);
  publisher_.Publish(Round::kAll);
  EXPECT_TRUE(Next().is_null());
}

TEST_F(PushPublisherTest, AtMidnightTodayBeginsAnewWithoutData) {
  file_.Key("k1").Minute(kMinuteNow - 1800, {.entity = "k1"});
  Say(R"({"subscribe":"apikey","id":"k1"})");
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(OnlyNext().at("data").at("usage").at("today").at("requests"), 1);
  clock_.AdvanceMs(kHourSeconds * 4000);  // past the source's midnight
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(OnlyNext().at("data").at("usage").at("today").at("requests"), 0);
}

TEST_F(PushPublisherTest, AnAccountIsPushedWhenItsLimitEndsThoughNothingHappens) {
  file_.Account("a1", "status = 'rate_limited', rate_limit_end_at = '2026-11-20T12:34:40Z'");
  Say(R"({"subscribe":"account","id":"a1"})");
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(OnlyNext().at("data").at("isRateLimited"), true);
  clock_.AdvanceMs(10'000);
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(OnlyNext().at("data").at("isRateLimited"), false);
}

TEST_F(PushPublisherTest, AccountsAndGroupsArePushed) {
  file_.Account("a1").Group("g1", "first", {"a1"});
  Say(R"({"subscribe":"account","id":"a1"})");
  Say(R"({"subscribe":"group","id":"g1"})");
  publisher_.Publish(Round::kAll);
  const Json account = Next();
  EXPECT_EQ(account.at("event"), "account:update");
  EXPECT_EQ(account.at("data"), ApiUnderTest(file_.path()).GetJson("/api/accounts/a1"));
  const Json group = OnlyNext();
  EXPECT_EQ(group.at("event"), "group:update");
  EXPECT_EQ(group.at("data"), ApiUnderTest(file_.path()).GetJson("/api/groups/g1"));
  Flush("UPDATE account_group SET gone = 1");
  publisher_.Publish(Round::kAll);
  Next();  // the account is in no group now
  EXPECT_EQ(OnlyNext(), (Json{{"event", "group:removed"}, {"data", {{"id", "g1"}}}}));
}

TEST_F(PushPublisherTest, AllOfAKindMeansNewOnesToo) {
  file_.Key("k1").Key("k2");
  Say(R"({"subscribe":"apikey"})");
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(Next().at("data").at("keyId"), "k1");
  EXPECT_EQ(Next().at("data").at("keyId"), "k2");
  EXPECT_EQ(OnlyNext(), (Json{{"event", "apikey:synced"}, {"data", {{"count", 2}}}}));
  file_.Key("k3");
  Flush("DELETE FROM api_key WHERE id = 'k1'");
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(Next().at("data").at("keyId"), "k3");
  EXPECT_EQ(OnlyNext(), (Json{{"event", "apikey:removed"}, {"data", {{"id", "k1"}}}}));
}

TEST_F(PushPublisherTest, AnIdThatIsUnknownIsAnError) {
  Say(R"({"subscribe":"apikey","id":"nobody"})");
  publisher_.Publish(Round::kOnlyUnread);
  const Json event = OnlyNext();
  EXPECT_EQ(event.at("event"), "error");
  EXPECT_EQ(event.at("data").at("code"), 404);
  EXPECT_EQ(event.at("data").at("id"), "nobody");
  file_.Key("nobody");
  Say(R"({"subscribe":"apikey","id":"nobody"})");
  publisher_.Publish(Round::kOnlyUnread);
  EXPECT_EQ(OnlyNext().at("event"), "apikey:update");
}

TEST_F(PushPublisherTest, WhatNobodyWantedMeanwhileIsReadAnew) {
  file_.Key("k1");
  Say(R"({"subscribe":"apikey","id":"k1"})");
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(OnlyNext().at("data").at("usage").at("today").at("requests"), 0);
  Say(R"({"unsubscribe":"apikey","id":"k1"})");
  EXPECT_FALSE(publisher_.Publish(Round::kAll).is_wanted);
  Use("k1");
  Say(R"({"subscribe":"apikey","id":"k1"})");
  EXPECT_TRUE(Next().is_null()) << "what was known is not known any more";
  publisher_.Publish(Round::kOnlyUnread);
  EXPECT_EQ(OnlyNext().at("data").at("usage").at("today").at("requests"), 1);
}

TEST_F(PushPublisherTest, AViewerSeesNoOwner) {
  file_.Key("k1", "one", "user_id = 'u1', user_username = 'ann'");
  const auto viewer = hub_.Join(Role::kViewer);
  EXPECT_TRUE(hub_.Receive(viewer, R"({"subscribe":"apikey","id":"k1"})").may_stay);
  Say(R"({"subscribe":"apikey","id":"k1"})");
  publisher_.Publish(Round::kAll);
  EXPECT_FALSE(Next(viewer).at("data").contains("owner"));
  EXPECT_EQ(Next().at("data").at("owner"), "ann");
}

TEST_F(PushPublisherTest, MetricsArePushedWhenTheyChange) {
  file_.Key("k1").Minute(kMinuteNow, {.entity = "k1", .requests = 2});
  Say(R"({"subscribe":"metrics"})");
  publisher_.Publish(Round::kAll);
  Json metrics = Next();
  Json alert = Next();
  EXPECT_EQ(metrics.at("event"), "metrics:update");
  EXPECT_EQ(metrics.at("data"), ApiUnderTest(file_.path()).GetJson("/api/realtime/system-metrics"));
  EXPECT_EQ(alert.at("event"), "alert");
  EXPECT_EQ(alert.at("data").at("ok"), true);
  publisher_.Publish(Round::kAll);
  EXPECT_TRUE(Next().is_null()) << "only asOf would be new";
  Use("k1");
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(OnlyNext().at("data").at("realtimeRPM"), 3.0);
}

TEST_F(PushPublisherTest, AnAlertSaysWhatIsNotWellWheneverThatChanges) {
  Say(R"({"subscribe":"alert"})");
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(OnlyNext().at("data").at("ok"), true);
  clock_.AdvanceMs(10'000);
  publisher_.Publish(Round::kAll);
  const Json silent = OnlyNext();
  EXPECT_EQ(silent.at("data").at("ok"), false);
  EXPECT_EQ(silent.at("data").at("reasons"), Json::array({"last flush 10 s ago"}));
  clock_.AdvanceMs(1000);
  publisher_.Publish(Round::kAll);
  EXPECT_TRUE(Next().is_null()) << "a second more is no news";
  file_.Heartbeat(kNowMs + 11'000, "connected = 0, problem = 'the source is gone'");
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(OnlyNext().at("data").at("reasons"), Json::array({"not connected: the source is gone"}));
  file_.Heartbeat(kNowMs + 11'000);
  publisher_.Publish(Round::kAll);
  EXPECT_EQ(OnlyNext().at("data").at("ok"), true);
}

TEST_F(PushPublisherTest, AFileThatIsMissingIsAnAlertAndAnError) {
  ConnectionPool no_pool("/nonexistent/keymeter.db", 1);
  ApiContext no_context{no_pool, clock_};
  PushPublisher publisher(no_context, hub_);
  Say(R"({"subscribe":"alert"})");
  Say(R"({"subscribe":"apikey","id":"k1"})");
  publisher.Publish(Round::kAll);
  publisher.Publish(Round::kAll);
  const Json error = Next();
  EXPECT_EQ(error.at("data").at("code"), 503);
  const Json alert = OnlyNext();
  EXPECT_EQ(alert.at("data").at("ok"), false);
  EXPECT_EQ(alert.dump().find("nonexistent"), std::string::npos);
}

TEST_F(PushPublisherTest, ManyAreReadInPartsWhatIsUsedFirst) {
  constexpr int kKeys = 600;
  file_.Sql(
      fmt::format("WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
                  "INSERT INTO api_key (id, name, is_active) SELECT 'k' || i, 'name', 1 FROM n",
                  999 + kKeys));
  Say(R"({"subscribe":"apikey"})");
  EXPECT_TRUE(publisher_.Publish(Round::kAll).is_behind);
  EXPECT_FALSE(publisher_.Publish(Round::kOnlyUnread).is_behind);
  for (int i = 0; i < kKeys; ++i) ASSERT_EQ(Next().at("event"), "apikey:update") << i;
  EXPECT_EQ(OnlyNext().at("data").at("count"), kKeys);
  Use("k1599");  // the last that was read, so the last in its turn
  EXPECT_FALSE(publisher_.Publish(Round::kAll).is_behind);
  EXPECT_EQ(OnlyNext().at("data").at("keyId"), "k1599");
}

}  // namespace
}  // namespace keymeter::query_api
