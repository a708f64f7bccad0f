#include "query-api/push/web_socket_session.h"

#include <algorithm>
#include <memory>

#include <gtest/gtest.h>

#include "tests/support/web_socket_client.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::MaskedFrame;

constexpr std::int64_t kStart = 1'000'000;

class WebSocketSessionTest : public ::testing::Test {
 protected:
  /// What it sends now, when the client takes all of it.
  std::string Sent() {
    std::string sent;
    for (;;) {
      const std::string_view unsent = session_->Unsent(now_);
      if (unsent.empty()) return sent;
      sent += unsent;
      session_->Sent(unsent.size());
    }
  }
  void Say(const std::string& bytes) { session_->Receive(bytes, now_); }
  void SayText(const std::string& text) { Say(MaskedFrame(0x81, text)); }
  void Pass(std::int64_t ms) {
    now_ += ms;
    session_->Tick(now_);
  }
  /// Passes time while the client is not silent.
  void PassAwake(std::int64_t ms) {
    for (; ms > 0; ms -= 10'000) {
      Say(MaskedFrame(0x8a, ""));
      Pass(std::min<std::int64_t>(ms, 10'000));
    }
  }
  void Subscribe() {
    SayText(R"({"subscribe":"apikey","id":"k1"})");
    hub_.Publish(Role::kAdmin, {PushKind::kApiKey, "k1"}, "1", 1);
  }
  static std::string Closing(CloseCode code, const std::string& reason = "") {
    return *CloseFrame(code, reason);
  }
  /// It counts as ended once, for that reason.
  void ExpectEnded(SessionEnd why) {
    session_.reset();
    for (std::size_t i = 0; i < counts_.ended.size(); ++i)
      EXPECT_EQ(counts_.ended.at(i), i == static_cast<std::size_t>(why) ? 1U : 0U) << i;
  }
  [[nodiscard]] WebSocketGrant Grant() {
    return {Role::kAdmin, [this] { return ++reviews_, may_stay_; }, slot_};
  }

  std::int64_t now_ = kStart;
  PushHub hub_;
  WebSocketCounts counts_;
  bool may_stay_ = true;
  int reviews_ = 0;
  std::shared_ptr<const int> slot_ = std::make_shared<const int>(1);
  std::unique_ptr<WebSocketSession> session_ =
      std::make_unique<WebSocketSession>(hub_, counts_, Grant(), kStart);
};

TEST_F(WebSocketSessionTest, SendsWhatTheHubHas) {
  Subscribe();
  EXPECT_EQ(Sent(), *TextFrame(PushUpdate(PushKind::kApiKey, "1")));
  EXPECT_EQ(counts_.messages, 1U);
  EXPECT_FALSE(session_->IsOver());
}

TEST_F(WebSocketSessionTest, AMessageThatWasBegunIsFinishedAndThenTheLatestComes) {
  Subscribe();
  const std::string first(session_->Unsent(now_));
  session_->Sent(3);
  hub_.Publish(Role::kAdmin, {PushKind::kApiKey, "k1"}, "2", 2);
  hub_.Publish(Role::kAdmin, {PushKind::kApiKey, "k1"}, "3", 3);
  EXPECT_EQ(Sent(), first.substr(3) + *TextFrame(PushUpdate(PushKind::kApiKey, "3")));
}

TEST_F(WebSocketSessionTest, AnswersPingsTheLatestIsEnough) {
  Say(MaskedFrame(0x89, "a") + MaskedFrame(0x89, "b"));
  EXPECT_EQ(Sent(), *PongFrame("b"));
}

TEST_F(WebSocketSessionTest, AnswersACloseAndIsOver) {
  Say(MaskedFrame(0x88, ""));
  EXPECT_FALSE(session_->IsOver());
  EXPECT_EQ(Sent(), Closing(CloseCode::kNormal));
  EXPECT_TRUE(session_->IsOver());
  ExpectEnded(SessionEnd::kByClient);
}

TEST_F(WebSocketSessionTest, AViolationIsClosedWithItsCode) {
  Say(MaskedFrame(0x82, "binary"));
  EXPECT_EQ(Sent(), Closing(CloseCode::kNotAccepted, "messages are text"));
  EXPECT_FALSE(session_->IsOver()) << "the client may still be sending";
  SayText("anything");
  session_->ReceiveEnd();
  EXPECT_TRUE(session_->IsOver());
  ExpectEnded(SessionEnd::kRefused);
}

TEST_F(WebSocketSessionTest, AStopSaysGoodbyeAndWaitsTwoSecondsForTheAnswer) {
  session_->Stop(now_);
  EXPECT_EQ(Sent(), Closing(CloseCode::kGoingAway, "keymeter stops"));
  Pass(1999);
  EXPECT_FALSE(session_->IsOver());
  Pass(1);
  EXPECT_TRUE(session_->IsOver());
}

TEST_F(WebSocketSessionTest, WhoAnswersAStopIsOverAtOnce) {
  session_->Stop(now_);
  EXPECT_EQ(Sent(), Closing(CloseCode::kGoingAway, "keymeter stops"));
  Say(MaskedFrame(0x88, std::string("\x03\xe9", 2)));
  EXPECT_TRUE(session_->IsOver());
  ExpectEnded(SessionEnd::kByServer);
}

TEST_F(WebSocketSessionTest, AClientThatIsGoneIsOver) {
  session_->ReceiveEnd();
  EXPECT_TRUE(session_->IsOver());
  EXPECT_EQ(Sent(), "");
}

TEST_F(WebSocketSessionTest, PingsAfterSilence) {
  Pass(WebSocketSession::kPingMs - 1);
  EXPECT_EQ(Sent(), "");
  Pass(1);
  EXPECT_EQ(Sent(), *PingFrame());
  Say(MaskedFrame(0x8a, ""));
  Pass(WebSocketSession::kPingMs - 1);
  EXPECT_EQ(Sent(), "");
}

TEST_F(WebSocketSessionTest, TwoPingsWithoutAnAnswerAreTheEnd) {
  for (int i = 0; i < 2; ++i) {
    Pass(WebSocketSession::kPingMs);
    EXPECT_EQ(Sent(), *PingFrame());
  }
  Pass(WebSocketSession::kPingMs);
  EXPECT_EQ(Sent(), Closing(CloseCode::kGoingAway, "pings were not answered"));
  ExpectEnded(SessionEnd::kSilent);
}

TEST_F(WebSocketSessionTest, WhoTakesAMessageTooSlowlyIsToldSoIfHeStillListens) {
  Subscribe();
  const std::string first(session_->Unsent(now_));
  session_->Sent(1);
  Pass(WebSocketSession::kTakeMs - 1);
  EXPECT_FALSE(session_->IsClosing());
  session_->Sent(1);  // a byte now and then does not help
  Pass(1);
  EXPECT_EQ(Sent(), first.substr(2) + Closing(CloseCode::kTryAgainLater, "a message was taken too slowly"));
  ExpectEnded(SessionEnd::kSlow);
}

TEST_F(WebSocketSessionTest, WhoTakesNothingAtAllIsOverWithoutAWord) {
  Subscribe();
  EXPECT_FALSE(session_->Unsent(now_).empty());
  Pass(WebSocketSession::kTakeMs);
  EXPECT_FALSE(session_->IsOver());
  Pass(WebSocketSession::kCloseMs);
  EXPECT_TRUE(session_->IsOver());
  EXPECT_EQ(session_->Unsent(now_), "");
}

TEST_F(WebSocketSessionTest, TooManyMessagesAreTheEnd) {
  for (std::int64_t i = 0; i < WebSocketSession::kBurst; ++i) Say(MaskedFrame(0x8a, ""));
  EXPECT_FALSE(session_->IsClosing());
  Pass(1000);
  for (std::int64_t i = 0; i < WebSocketSession::kPerSecond; ++i) Say(MaskedFrame(0x8a, ""));
  EXPECT_FALSE(session_->IsClosing());
  for (int i = 0; i < 10; ++i) Say(MaskedFrame(0x8a, ""));
  EXPECT_EQ(Sent(), Closing(CloseCode::kPolicy, "too many messages"));
}

TEST_F(WebSocketSessionTest, EmptyPartsOfAMessageCountToo) {
  std::string parts = MaskedFrame(0x01, "");
  for (std::int64_t i = 0; i < WebSocketSession::kBurst + 10; ++i) parts += MaskedFrame(0x00, "");
  Say(parts);
  EXPECT_EQ(Sent(), Closing(CloseCode::kPolicy, "too many messages"));
}

TEST_F(WebSocketSessionTest, AllOfAKindAgainAndAgainIsTooMuch) {
  for (int i = 0; i < 17; ++i) {
    SayText(R"({"subscribe":"apikey"})");
    SayText(R"({"unsubscribe":"apikey"})");
  }
  EXPECT_EQ(Sent(), Closing(CloseCode::kPolicy, "too many messages"));
}

TEST_F(WebSocketSessionTest, AMessageIsSentFromWhereItLiesForAllClients) {
  WebSocketSession other(hub_, counts_, Grant(), now_);
  other.Receive(MaskedFrame(0x81, R"({"subscribe":"apikey","id":"k1"})"), now_);
  Subscribe();
  const void* const mine = session_->Unsent(now_).data();
  const void* const his = other.Unsent(now_).data();
  ASSERT_NE(mine, nullptr);
  EXPECT_EQ(mine, his);
}

TEST_F(WebSocketSessionTest, WhatIsUnsentStaysWhereItIsWhateverElseHappens) {
  Subscribe();
  const std::string_view unsent = session_->Unsent(now_);
  const std::string copy(unsent);
  hub_.Publish(Role::kAdmin, {PushKind::kApiKey, "k1"}, "2", 2);
  Say(MaskedFrame(0x89, "ping"));
  Pass(WebSocketSession::kTakeMs);
  session_->Stop(now_);
  const void* const now = session_->Unsent(now_).data();
  EXPECT_EQ(now, static_cast<const void*>(unsent.data()));
  session_->ReceiveEnd();
  EXPECT_EQ(unsent, copy);
}

TEST_F(WebSocketSessionTest, ItsPermissionIsReviewedEveryHalfMinute) {
  PassAwake(WebSocketSession::kReviewMs - 1);
  EXPECT_EQ(reviews_, 0);
  PassAwake(1);
  EXPECT_EQ(reviews_, 1);
  PassAwake(WebSocketSession::kReviewMs);
  EXPECT_EQ(reviews_, 2);
  EXPECT_EQ(Sent(), "");
}

TEST_F(WebSocketSessionTest, WhoMayNotStayIsClosed) {
  may_stay_ = false;
  PassAwake(WebSocketSession::kReviewMs);
  EXPECT_EQ(Sent(), Closing(CloseCode::kPolicy, "the credentials are not valid any more"));
  Say(MaskedFrame(0x88, std::string("\x03\xf0", 2)));
  EXPECT_TRUE(session_->IsOver());
  Pass(WebSocketSession::kReviewMs);
  EXPECT_EQ(reviews_, 1) << "once is enough";
  ExpectEnded(SessionEnd::kRefused);
}

TEST_F(WebSocketSessionTest, WithoutAReviewItStays) {
  WebSocketSession session(hub_, counts_, {.role = Role::kAdmin}, now_);
  session.Tick(now_ + WebSocketSession::kReviewMs);
  EXPECT_FALSE(session.IsClosing());
}

TEST_F(WebSocketSessionTest, TheSlotEndsWithIt) {
  session_->ReceiveEnd();
  EXPECT_TRUE(session_->IsOver());
  EXPECT_EQ(slot_.use_count(), 2) << "its socket is still open";
  session_.reset();
  EXPECT_EQ(slot_.use_count(), 1);
}

TEST_F(WebSocketSessionTest, CountsWhatWasOpenedAndEventsThatWereSentWhole) {
  EXPECT_EQ(counts_.opened, 1U);
  Say(MaskedFrame(0x89, "ping"));
  Subscribe();
  session_->Sent(session_->Unsent(now_).size());
  EXPECT_EQ(counts_.messages, 0U) << "the answer to a ping is no event";
  session_->Sent(session_->Unsent(now_).size() - 1);
  EXPECT_EQ(counts_.messages, 0U);
  session_->Sent(1);
  EXPECT_EQ(counts_.messages, 1U);
}

TEST_F(WebSocketSessionTest, ALostConnectionIsEndedByItsClient) {
  Subscribe();
  session_->Sent(session_->Unsent(now_).size() / 2);
  EXPECT_FALSE(session_->IsOver());
  ExpectEnded(SessionEnd::kByClient);
}

TEST_F(WebSocketSessionTest, WhatEndsDuringAStopIsEndedByTheServer) {
  session_->Stop(now_);
  session_->Stop(now_);
  ExpectEnded(SessionEnd::kByServer);
}

TEST_F(WebSocketSessionTest, WhatHasEndedWantsNothingMore) {
  Subscribe();
  EXPECT_EQ(hub_.Interests().size(), 1U);
  session_.reset();
  EXPECT_TRUE(hub_.Interests().empty());
}

}  // namespace
}  // namespace keymeter::query_api
