#include "query-api/http/http_server.h"

#include <atomic>

#include <gtest/gtest.h>

#include "tests/support/http_client.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::HttpGet;
using keymeter::testing::RawSocket;
using keymeter::testing::WaitFor;

constexpr std::string_view kHalf = "GET / HTTP/1.1\r\nHost: localhost\r\nX: ";
constexpr std::string_view kWhole = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// One listener that answers everything with "[]", at a time that stands still.
class HttpServerTest : public ::testing::Test {
 protected:
  void Start(const ConnectionLimits& limits, HttpServer::AnswerFunction answer = Nothing,
             const Clock* clock = nullptr) {
    const HttpServerOptions options{*ListenAddress::Parse("127.0.0.1:0", "--listen"), "--listen", limits};
    auto server = HttpServer::Start(options, clock != nullptr ? *clock : clock_, std::move(answer));
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  void Start() { Start({.workers = 4}); }

  [[nodiscard]] int port() const { return server_->address().port; }
  [[nodiscard]] std::string Url(const std::string& path = "/") const {
    return "http://" + server_->address().ToString() + path;
  }
  [[nodiscard]] std::unique_ptr<RawSocket> Send(std::string_view bytes) const {
    auto socket = std::make_unique<RawSocket>(port());
    socket->Send(bytes);
    return socket;
  }
  [[nodiscard]] std::string Ask(std::string_view bytes) const { return Send(bytes)->ReadUntil("}"); }
  void AwaitConnections(std::size_t count) {
    ASSERT_TRUE(WaitFor([&] { return server_->guard().connections() == count; }));
  }

  static Response Nothing(const Request& /*request*/) { return JsonResponse(Json::array()); }

  ManualClock clock_{0};
  SystemClock real_clock_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AHeaderThatTricklesIsCutWhenItsTimeIsOver) {
  Start();
  const auto socket = Send(kHalf);
  AwaitConnections(1);
  for (int i = 0; i < 5; ++i) {
    socket->Send("x");
    clock_.AdvanceMs(1000);
  }
  EXPECT_NE(socket->ReadUntil("}").find("HTTP/1.1 408"), std::string::npos);
  EXPECT_TRUE(socket->IsClosedByPeer());
}

TEST_F(HttpServerTest, EndingOneConnectionLeavesTheOthersAlone) {
  Start({.workers = 8});
  const auto stuck = Send(kHalf);
  AwaitConnections(1);
  clock_.AdvanceMs(4000);
  std::vector<std::unique_ptr<RawSocket>> others;
  others.reserve(5);
  for (int i = 0; i < 5; ++i) others.push_back(Send(kHalf));
  AwaitConnections(6);
  clock_.AdvanceMs(1000);
  EXPECT_TRUE(stuck->IsClosedByPeer());
  for (const auto& other : others) {
    other->Send("y\r\n\r\n");
    EXPECT_NE(other->ReadUntil("[]").find("200 OK"), std::string::npos);
  }
}

TEST_F(HttpServerTest, AnIdleConnectionIsClosedWithoutAWord) {
  Start();
  const auto socket = Send(kWhole);
  EXPECT_NE(socket->ReadUntil("[]"), "");
  EXPECT_TRUE(WaitFor([&] {
    clock_.AdvanceMs(5000);
    return server_->guard().connections() == 0;
  }));
  EXPECT_EQ(socket->ReadUntil("}"), "");
}

TEST_F(HttpServerTest, WhenAllWorkersAreStuckAnHonestRequestIsAnswered) {
  Start({.workers = 2, .header_ms = 3'600'000, .pressed_ms = 20}, Nothing, &real_clock_);
  std::vector<std::unique_ptr<RawSocket>> stuck;
  stuck.reserve(6);
  for (int i = 0; i < 6; ++i) stuck.push_back(Send(kHalf));
  EXPECT_EQ(HttpGet(Url()).status, 200);
}

TEST_F(HttpServerTest, AReaderThatTakesNothingIsDropped) {
  const auto piece = std::make_shared<std::string>(65'536, 'x');
  Start({.workers = 4}, [piece](const Request&) {
    Response response;
    response.stream = [piece](std::string& out) -> Result<bool> {
      out = *piece;
      return true;
    };
    return response;
  });
  const auto socket = Send(kWhole);
  AwaitConnections(1);
  EXPECT_TRUE(WaitFor([&] {
    clock_.AdvanceMs(1000);
    return server_->guard().connections() == 0;
  }));
  EXPECT_EQ(piece.use_count(), 2);  // the answer is gone, what makes answers is not
}

TEST_F(HttpServerTest, AnAddressHasItsCapOfConnections) {
  Start({.workers = 8, .per_address = 2});
  auto first = Send(kWhole);
  EXPECT_NE(first->ReadUntil("[]"), "");
  const auto second = Send(kHalf);
  AwaitConnections(2);
  const std::string refusal = Ask(kWhole);
  EXPECT_NE(refusal.find("HTTP/1.1 429"), std::string::npos) << refusal;
  EXPECT_NE(refusal.find("Retry-After: 1\r\n"), std::string::npos);
  EXPECT_TRUE(Send(kHalf)->IsClosedByPeer());  // at once, not after its header's 5 s
  first.reset();
  EXPECT_TRUE(WaitFor([&] { return HttpGet(Url()).status == 200; }));
}

TEST_F(HttpServerTest, RequestsInOneGoAreAnsweredInTheirOrder) {
  Start({.workers = 2}, [](const Request& request) { return JsonResponse(Json(request.path)); });
  const auto socket = Send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string answers = socket->ReadUntil("\"/2\"");
  EXPECT_LT(answers.find("\"/1\""), answers.find("\"/2\""));
  EXPECT_NE(answers.find("\"/2\""), std::string::npos);
}

TEST_F(HttpServerTest, HeadersThatCivetwebWouldDropAreRefused) {
  Start();
  const std::string begin = "GET / HTTP/1.1\r\nHost: localhost\r\n";
  const std::string hidden = "X-Forwarded-For: 1.2.3.4\r\n\r\n";
  for (const std::string line : {" folded\r\n", "\xC3\xA9: x\r\n", "X : y\r\n", ": y\r\n"})
    EXPECT_NE(Ask(fmt::format("{}{}{}", begin, line, hidden)).find("HTTP/1.1 400"), std::string::npos)
        << line;
  EXPECT_NE(Ask("GET / HTTP/1.1\nHost: localhost\n\r\n" + hidden).find("HTTP/1.1 400"), std::string::npos);
  EXPECT_NE(Ask("GET / HTTP/1.1\nHost: localhost\n\n").find("HTTP/1.1 400"), std::string::npos);
  std::string many = begin;
  for (int i = 0; i < 63; ++i) many += "X: y\r\n";
  EXPECT_NE(Ask(many + hidden).find("HTTP/1.1 431"), std::string::npos);
}

TEST_F(HttpServerTest, ContradictionsAreRefusedAndTheirConnectionClosed) {
  Start();
  for (const std::string headers :
       {"Host: a\r\nHost: b\r\n", "X: no host\r\n", "Host: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n",
        "Host: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n"}) {
    const auto socket = Send("POST / HTTP/1.1\r\n" + headers + "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string answer = socket->ReadUntil("never");
    EXPECT_NE(answer.find("HTTP/1.1 400"), std::string::npos) << headers;
    EXPECT_EQ(answer.find("200 OK"), std::string::npos) << headers;
  }
}

TEST_F(HttpServerTest, ATargetOf64KiBIsRefused) {
  Start();
  EXPECT_NE(Ask("GET /" + std::string(65'536, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n").find("HTTP/1.1 431"),
            std::string::npos);
}

TEST_F(HttpServerTest, AnAbsoluteTargetOfOursIsTaken) {
  Start({.workers = 2}, [](const Request& request) { return JsonResponse(Json(request.path)); });
  const auto socket = Send("GET " + Url("/here") + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(socket->ReadUntil("\"/here\"").find("200 OK"), std::string::npos);
}

TEST_F(HttpServerTest, WhoAsksBeforeSendingABodyGetsTheAnswerAtOnce) {
  Start();
  const auto socket = Send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
  EXPECT_NE(socket->ReadUntil("[]").find("HTTP/1.1 200"), std::string::npos);
  EXPECT_TRUE(socket->IsClosedByPeer());
}

TEST_F(HttpServerTest, Http10GetsStreamsWithoutChunks) {
  Start({.workers = 2}, [](const Request&) {
    Response response;
    response.stream = [left = 2](std::string& out) mutable -> Result<bool> {
      out = "line\n";
      return --left > 0;
    };
    return response;
  });
  const std::string old = Send("GET / HTTP/1.0\r\n\r\n")->ReadUntil("never");
  EXPECT_TRUE(old.ends_with("\r\n\r\nline\nline\n")) << old;
  EXPECT_EQ(old.find("chunked"), std::string::npos);
  EXPECT_EQ(HttpGet(Url()).body, "line\nline\n");
}

TEST_F(HttpServerTest, Http10KeepsItsConnectionWhenItAsksFor) {
  Start();
  const std::string request = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  const auto socket = Send(request);
  EXPECT_NE(socket->ReadUntil("[]").find("Connection: keep-alive\r\n"), std::string::npos);
  socket->Send(request);
  EXPECT_NE(socket->ReadUntil("[]").find("200 OK"), std::string::npos);
  EXPECT_TRUE(Send("GET / HTTP/1.0\r\n\r\n")->IsClosedByPeer());
}

TEST_F(HttpServerTest, ADroppedConnectionEndsAtOnce) {
  std::atomic<bool> has_begun{false};
  Start({.workers = 2}, [&](const Request&) {
    has_begun = true;
    Response response;
    response.stream = [](std::string& out) -> Result<bool> {
      out = std::string(65'536, 'x');
      return true;
    };
    return response;
  });
  const auto socket = Send(kWhole);
  ASSERT_TRUE(WaitFor([&] { return has_begun.load(); }));
  server_->guard().EndAll();
  AwaitConnections(0);
}

}  // namespace
}  // namespace keymeter::query_api
