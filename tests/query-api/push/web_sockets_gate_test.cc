#include <atomic>
#include <optional>
#include <stdexcept>

#include <gtest/gtest.h>

#include "query-api/push/web_sockets.h"
#include "tests/support/usage_file.h"
#include "tests/support/wait_for.h"
#include "tests/support/web_socket_client.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::MaskedFrame;
using keymeter::testing::WaitFor;

constexpr const char* kSubscribe = R"({"subscribe":"apikey","id":"k1"})";

/// WebSockets behind a gate that the test holds, without connections: bytes go from hand to hand.
class GatedWebSockets : public ::testing::Test {
 protected:
  GatedWebSockets() {
    file_.Heartbeat(kNowMs, "flush_interval_ms = 200").Key("k1", "one");
    sockets_->OnNews([this] { ++news_; });
  }

  [[nodiscard]] Response Ask(const std::string& address = "127.0.0.1") {
    address_ = address;
    return router_.Answer({"GET",
                           "/api/ws",
                           "",
                           {{"Host", "localhost"},
                            {"Upgrade", "websocket"},
                            {"Connection", "Upgrade"},
                            {"Sec-WebSocket-Version", "13"},
                            {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}}});
  }
  [[nodiscard]] std::unique_ptr<UpgradedSession> Open() {
    const Response response = Ask();
    if (!response.start_session) throw std::runtime_error("refused: " + response.body);
    return response.start_session(clock_.MonotonicMs());
  }
  void Say(UpgradedSession& session, const std::string& text) {
    session.Receive(MaskedFrame(0x81, text), clock_.MonotonicMs());
  }
  /// The next frame that the session sends; "" when none came.
  [[nodiscard]] std::string NextFrame(UpgradedSession& session) {
    std::string frame;
    (void)WaitFor([&] {
      session.Tick(clock_.MonotonicMs());
      frame = session.Unsent(clock_.MonotonicMs());
      session.Sent(frame.size());
      return !frame.empty();
    });
    return frame;
  }
  [[nodiscard]] Json Next(UpgradedSession& session) {
    const std::string frame = NextFrame(session);
    return frame.empty() ? Json() : Json::parse(frame.substr(frame.size() < 128 ? 2 : 4));
  }
  [[nodiscard]] std::string Metrics() const {
    PrometheusText text;
    sockets_->Write(text);
    return text.Text();
  }

  UsageFile file_;
  ManualClock clock_{kNowMs};
  std::atomic<int> status_{200};
  std::atomic<Role> role_{Role::kAdmin};
  std::atomic<int> news_{0};
  std::string address_;
  const Gate gate_ = [this](const Request&) -> tl::expected<Caller, Response> {
    if (status_ == 200) return Caller{role_, "", address_};
    return tl::unexpected(Problem(status_, "no"));
  };
  std::unique_ptr<WebSockets> sockets_ = WebSockets::Start(file_.path(), clock_, 4, gate_);
  Router router_{{{"GET", "/api/ws", {}, [this](const Call& call) { return sockets_->Answer(call); }}},
                 gate_};
};

TEST_F(GatedWebSockets, WhomTheGateRefusesGetsNoHandshake) {
  for (const int status : {401, 403, 429}) {
    status_ = status;
    const Response response = Ask();
    EXPECT_EQ(response.status, status);
    EXPECT_FALSE(response.start_session);
    EXPECT_EQ(*response.FindHeader("Content-Type"), "application/problem+json");
  }
}

TEST_F(GatedWebSockets, WhoIsGrantedAHandshakeStartsASession) {
  const auto session = Open();
  Say(*session, kSubscribe);
  EXPECT_EQ(Next(*session).at("event"), "apikey:update");
  EXPECT_GT(news_, 0) << "the front is told that there is something to send";
}

TEST_F(GatedWebSockets, CredentialsThatEndAreTheEnd) {
  const auto session = Open();
  status_ = 401;
  clock_.AdvanceMs(WebSocketSession::kReviewMs);
  EXPECT_EQ(NextFrame(*session), *CloseFrame(CloseCode::kPolicy, "the credentials are not valid any more"));
}

TEST_F(GatedWebSockets, ARoleThatChangesIsTheEnd) {
  const auto session = Open();
  role_ = Role::kViewer;
  clock_.AdvanceMs(WebSocketSession::kReviewMs);
  EXPECT_EQ(NextFrame(*session), *CloseFrame(CloseCode::kPolicy, "the credentials are not valid any more"));
}

TEST_F(GatedWebSockets, ABusyGateSendsNobodyAway) {
  const auto session = Open();
  status_ = 429;
  clock_.AdvanceMs(WebSocketSession::kReviewMs);
  EXPECT_EQ(NextFrame(*session), *PingFrame());
  Say(*session, kSubscribe);
  EXPECT_EQ(Next(*session).at("event"), "apikey:update");
}

TEST_F(GatedWebSockets, AViewerSeesNoOwner) {
  file_.Sql("UPDATE api_key SET user_username = 'ann'");
  for (const Role role : {Role::kViewer, Role::kAdmin}) {
    role_ = role;
    const auto session = Open();
    Say(*session, kSubscribe);
    EXPECT_EQ(Next(*session).at("data").contains("owner"), role == Role::kAdmin);
  }
}

TEST_F(GatedWebSockets, ASlotIsHeldFromTheHandshakeToTheEndOfTheSession) {
  std::vector<Response> responses;
  responses.reserve(4);
  for (int i = 0; i < 4; ++i) responses.push_back(Ask());
  EXPECT_EQ(responses.back().status, 101);
  EXPECT_EQ(Ask().status, 503);
  responses.pop_back();  // whose client has gone before its session began
  auto session = Open();
  EXPECT_EQ(Ask().status, 503);
  session.reset();
  EXPECT_EQ(Ask().status, 101);
  auto started = responses.back().start_session(0);
  EXPECT_NE(Metrics().find("\nkeymeter_websockets_open 3\n"), std::string::npos);
  started.reset();
  EXPECT_NE(Metrics().find("\nkeymeter_websockets_open 2\n"), std::string::npos)
      << "the slot went to the session";
}

TEST_F(GatedWebSockets, AnAddressGetsAQuarter) {
  const Response first = Ask("192.0.2.1");
  EXPECT_EQ(first.status, 101);
  const Response second = Ask("192.0.2.1");
  EXPECT_EQ(second.status, 503);
  EXPECT_EQ(*second.FindHeader("Retry-After"), "30");
  EXPECT_EQ(Ask("192.0.2.2").status, 101);
}

TEST_F(GatedWebSockets, MetricsCountSessions) {
  auto session = Open();
  Say(*session, kSubscribe);
  (void)Next(*session);
  session->Stop(clock_.MonotonicMs());
  session.reset();
  for (const char* line :
       {"keymeter_websockets_open 0\n", "keymeter_websockets_opened_total 1\n",
        "keymeter_websocket_messages_total 1\n", "keymeter_websockets_ended_total{reason=\"server\"} 1\n",
        "keymeter_websockets_ended_total{reason=\"client\"} 0\n"})
    EXPECT_NE(Metrics().find(line), std::string::npos) << line;
}

TEST_F(GatedWebSockets, NobodyIsWokenAfterPublishingStopped) {
  const auto session = Open();
  Say(*session, kSubscribe);
  (void)Next(*session);
  sockets_->StopPublishing();
  const int news = news_;
  Say(*session, R"({"subscribe":"metrics"})");  // asks the thread that has ended
  sockets_->StopPublishing();
  EXPECT_EQ(news_, news);
  EXPECT_EQ(session->Unsent(clock_.MonotonicMs()), "");
}

}  // namespace
}  // namespace keymeter::query_api
