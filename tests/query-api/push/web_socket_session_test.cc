#include "query-api/push/web_socket_session.h"

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
      const std::string_view unsent = session_.Unsent(now_);
      if (unsent.empty()) return sent;
      sent += unsent;
      session_.Sent(unsent.size());
    }
  }
  void Say(const std::string& bytes) { session_.Receive(bytes, now_); }
  void SayText(const std::string& text) { Say(MaskedFrame(0x81, text)); }
  void Pass(std::int64_t ms) {
    now_ += ms;
    session_.Tick(now_);
  }
  void Subscribe() {
    SayText(R"({"subscribe":"apikey","id":"k1"})");
    hub_.Publish(Role::kAdmin, {PushKind::kApiKey, "k1"}, "1", 1);
  }
  static std::string Closing(CloseCode code, const std::string& reason = "") {
    return *CloseFrame(code, reason);
  }

  std::int64_t now_ = kStart;
  PushHub hub_;
  WebSocketSession session_{hub_, Role::kAdmin, kStart};
};

TEST_F(WebSocketSessionTest, SendsWhatTheHubHas) {
  Subscribe();
  EXPECT_EQ(Sent(), *TextFrame(PushUpdate(PushKind::kApiKey, "1")));
  EXPECT_EQ(session_.messages_sent(), 1U);
  EXPECT_FALSE(session_.IsOver());
}

TEST_F(WebSocketSessionTest, AMessageThatWasBegunIsFinishedAndThenTheLatestComes) {
  Subscribe();
  const std::string first(session_.Unsent(now_));
  session_.Sent(3);
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
  EXPECT_FALSE(session_.IsOver());
  EXPECT_EQ(Sent(), Closing(CloseCode::kNormal));
  EXPECT_TRUE(session_.IsOver());
  EXPECT_EQ(session_.end(), SessionEnd::kByClient);
}

TEST_F(WebSocketSessionTest, AViolationIsClosedWithItsCode) {
  Say(MaskedFrame(0x82, "binary"));
  EXPECT_EQ(Sent(), Closing(CloseCode::kNotAccepted, "messages are text"));
  EXPECT_FALSE(session_.IsOver()) << "the client may still be sending";
  SayText("anything");
  session_.ReceiveEnd();
  EXPECT_TRUE(session_.IsOver());
  EXPECT_EQ(session_.end(), SessionEnd::kRefused);
}

TEST_F(WebSocketSessionTest, WhoDoesNotAnswerACloseIsOverAfterTwoSeconds) {
  session_.Close(CloseCode::kGoingAway, "bye", SessionEnd::kByServer, now_);
  EXPECT_EQ(Sent(), Closing(CloseCode::kGoingAway, "bye"));
  Pass(1999);
  EXPECT_FALSE(session_.IsOver());
  Pass(1);
  EXPECT_TRUE(session_.IsOver());
}

TEST_F(WebSocketSessionTest, WhoAnswersACloseIsOverAtOnce) {
  session_.Close(CloseCode::kGoingAway, "bye", SessionEnd::kByServer, now_);
  EXPECT_EQ(Sent(), Closing(CloseCode::kGoingAway, "bye"));
  Say(MaskedFrame(0x88, std::string("\x03\xe9", 2)));
  EXPECT_TRUE(session_.IsOver());
  EXPECT_EQ(session_.end(), SessionEnd::kByServer);
}

TEST_F(WebSocketSessionTest, AClientThatIsGoneIsOver) {
  session_.ReceiveEnd();
  EXPECT_TRUE(session_.IsOver());
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
  EXPECT_EQ(session_.end(), SessionEnd::kSilent);
}

TEST_F(WebSocketSessionTest, WhoTakesAMessageTooSlowlyIsToldSoIfHeStillListens) {
  Subscribe();
  const std::string first(session_.Unsent(now_));
  session_.Sent(1);
  Pass(WebSocketSession::kTakeMs - 1);
  EXPECT_FALSE(session_.IsClosing());
  session_.Sent(1);  // a byte now and then does not help
  Pass(1);
  EXPECT_EQ(Sent(), first.substr(2) + Closing(CloseCode::kTryAgainLater, "a message was taken too slowly"));
  EXPECT_EQ(session_.end(), SessionEnd::kSlow);
}

TEST_F(WebSocketSessionTest, WhoTakesNothingAtAllIsOverWithoutAWord) {
  Subscribe();
  EXPECT_FALSE(session_.Unsent(now_).empty());
  Pass(WebSocketSession::kTakeMs);
  EXPECT_FALSE(session_.IsOver());
  Pass(WebSocketSession::kCloseMs);
  EXPECT_TRUE(session_.IsOver());
  EXPECT_EQ(session_.Unsent(now_), "");
}

TEST_F(WebSocketSessionTest, TooManyMessagesAreTheEnd) {
  for (std::int64_t i = 0; i < WebSocketSession::kBurst; ++i) Say(MaskedFrame(0x8a, ""));
  EXPECT_FALSE(session_.IsClosing());
  Pass(1000);
  for (std::int64_t i = 0; i < WebSocketSession::kPerSecond; ++i) Say(MaskedFrame(0x8a, ""));
  EXPECT_FALSE(session_.IsClosing());
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

}  // namespace
}  // namespace keymeter::query_api
