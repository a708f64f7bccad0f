#include <list>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "query-api/api_server.h"
#include "tests/support/api_options.h"
#include "tests/support/http_client.h"
#include "tests/support/process_figures.h"
#include "tests/support/usage_file.h"
#include "tests/support/wait_for.h"
#include "tests/support/web_socket_client.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::HttpGet;
using keymeter::testing::MaskedFrame;
using keymeter::testing::Milliseconds;
using keymeter::testing::WaitFor;
using keymeter::testing::WebSocketClient;

constexpr const char* kSubscribeK1 = R"({"subscribe":"apikey","id":"k1"})";

std::size_t OurFiles() {
  return keymeter::testing::OpenFiles(::getpid());
}

class WebSocketsTest : public ::testing::Test {
 protected:
  WebSocketsTest() { file_.Heartbeat(kNowMs, "flush_interval_ms = 200").Key("k1", "one").Key("k2", "two"); }

  void Start(int max_websockets = 64) {
    ApiOptions options = SmallServer(file_.path());
    options.max_websockets = max_websockets;
    auto server = ApiServer::Start(options, clock_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  [[nodiscard]] int Port() const {
    const std::string address = server_->api_address();
    return std::stoi(address.substr(address.rfind(':') + 1));
  }
  [[nodiscard]] std::string Url(const std::string& path) const {
    return "http://" + server_->api_address() + path;
  }
  void Use(const std::string& key) {
    file_.Minute(kMinuteNow, {.entity = key}).Sql("UPDATE source_state SET data_version = data_version + 1");
  }
  /// The code with which a client is closed that sends these bytes.
  [[nodiscard]] int CodeFor(const std::string& bytes) const {
    WebSocketClient client(Port());
    client.SendRaw(bytes);
    return client.CloseCode();
  }

  UsageFile file_;
  ManualClock clock_{kNowMs};
  std::unique_ptr<ApiServer> server_;
};

TEST_F(WebSocketsTest, TheFirstMessageIsThePresentStateThenComesWhatChanges) {
  Start();
  WebSocketClient client(Port());
  ASSERT_EQ(client.status(), 101) << client.answer();
  client.Send(kSubscribeK1);
  const auto first = client.Next();
  EXPECT_EQ(first.at("event"), "apikey:update");
  EXPECT_EQ(first.at("data"), HttpGet(Url("/api/apikeys/k1")).Json());
  Use("k1");
  EXPECT_EQ(client.Next().at("data").at("usage").at("today").at("requests"), 1);
}

TEST_F(WebSocketsTest, WhoUnsubscribesHearsNoMore) {
  Start();
  WebSocketClient client(Port());
  client.Send(kSubscribeK1);
  EXPECT_EQ(client.Next().at("data").at("keyId"), "k1");
  client.Send(R"({"unsubscribe":"apikey","id":"k1"})");
  client.Send(R"({"subscribe":"apikey","id":"k2"})");
  EXPECT_EQ(client.Next().at("data").at("keyId"), "k2");
  Use("k1");
  Use("k2");
  EXPECT_EQ(client.Next().at("data").at("keyId"), "k2");
}

TEST_F(WebSocketsTest, WhoComesAfterEverybodyHasLeftGetsThePresentState) {
  Start();
  {
    WebSocketClient first(Port());
    first.Send(kSubscribeK1);
    EXPECT_FALSE(first.Next().is_null());
  }
  Use("k1");
  WebSocketClient second(Port());
  second.Send(kSubscribeK1);
  auto event = second.Next();
  // Within a flush the state may be the one before it; then comes the new one.
  if (event.at("data").at("usage").at("today").at("requests") == 0) event = second.Next();
  EXPECT_EQ(event.at("data").at("usage").at("today").at("requests"), 1);
}

TEST_F(WebSocketsTest, WhatIsNoMessageIsAnErrorAndTheConnectionGoesOn) {
  Start();
  WebSocketClient client(Port());
  client.Send("{");
  EXPECT_EQ(client.Next().at("data").at("code"), 400);
  client.Send(R"({"subscribe":"account","id":"nobody"})");
  EXPECT_EQ(client.Next().at("data").at("code"), 404);
  client.Send(R"({"subscribe":"metrics"})");
  EXPECT_EQ(client.Next().at("event"), "metrics:update");
  EXPECT_EQ(client.Next().at("event"), "alert");
}

TEST_F(WebSocketsTest, WhatBreaksTheProtocolIsClosedWithACode) {
  Start();
  EXPECT_EQ(CodeFor(std::string("\x81\xff\x10\x00\x00\x00\x00\x00\x00\x00", 10)), 1009) << "2^60 bytes";
  EXPECT_EQ(CodeFor(std::string("\x81\x02hi", 4)), 1002) << "not masked";
  EXPECT_EQ(CodeFor(MaskedFrame(0x82, "x")), 1003) << "binary";
  EXPECT_EQ(CodeFor(MaskedFrame(0x81, "\xff")), 1007) << "no UTF-8";
  std::string flood;
  for (int i = 0; i < 600; ++i) flood += MaskedFrame(0x8a, "");
  EXPECT_EQ(CodeFor(flood), 1008) << "too many messages";
  EXPECT_EQ(CodeFor(MaskedFrame(0x88, std::string("\x03\xe8", 2))), 1000) << "the client closes";
}

TEST_F(WebSocketsTest, AHandshakeIsRefusedLikeAnyRequest) {
  Start();
  const auto plain = HttpGet(Url("/api/ws"));
  EXPECT_EQ(plain.status, 426);
  EXPECT_EQ(plain.headers.at("upgrade"), "websocket");
  EXPECT_EQ(plain.headers.at("content-type"), "application/problem+json");
  const WebSocketClient forwarded(Port(), "/api/ws", {"X-Forwarded-For: 1.2.3.4"});
  EXPECT_EQ(forwarded.status(), 403);
  EXPECT_NE(forwarded.answer().find("application/problem+json"), std::string::npos);
  EXPECT_EQ(WebSocketClient(Port(), "/api/ws?token=x").status(), 400);
  EXPECT_EQ(WebSocketClient(Port(), "/api/apikeys").status(), 200) << "an upgrade may be ignored";
}

TEST_F(WebSocketsTest, ATokenIsNeverEchoed) {
  Start();
  const WebSocketClient client(Port(), "/api/ws", {"Sec-WebSocket-Protocol: keymeter, secret-token"});
  EXPECT_EQ(client.status(), 101);
  EXPECT_NE(client.answer().find("Sec-WebSocket-Protocol: keymeter\r\n"), std::string::npos);
  EXPECT_EQ(client.answer().find("secret"), std::string::npos);
}

TEST_F(WebSocketsTest, BeyondTheCapIs503UntilOneLeaves) {
  Start(2);
  WebSocketClient first(Port());
  auto second = std::make_unique<WebSocketClient>(Port());
  const WebSocketClient third(Port());
  EXPECT_EQ(third.status(), 503);
  EXPECT_NE(third.answer().find("Retry-After: 30\r\n"), std::string::npos);
  second.reset();
  EXPECT_TRUE(WaitFor([&] { return WebSocketClient(Port()).status() == 101; }));
  first.Send(kSubscribeK1);
  EXPECT_EQ(first.Next().at("event"), "apikey:update");
}

TEST_F(WebSocketsTest, OpenOnesHoldNoThreadOfTheApi) {
  Start();
  constexpr int kMoreThanThreads = 24;  ///< the inside has 16
  std::list<WebSocketClient> clients;
  for (int i = 0; i < kMoreThanThreads; ++i) EXPECT_EQ(clients.emplace_back(Port()).status(), 101);
  EXPECT_EQ(HttpGet(Url("/api/apikeys")).status, 200);
  for (WebSocketClient& client : clients) client.Send(kSubscribeK1);
  for (WebSocketClient& client : clients) EXPECT_EQ(client.Next().at("event"), "apikey:update");
}

TEST_F(WebSocketsTest, NoFileStaysOpenBehindThem) {
  Start();
  WebSocketClient(Port()).Send(kSubscribeK1);
  const std::string metrics = "http://" + server_->probe_address() + "/metrics";
  const auto all_ended = [&](int count) {
    const std::string line = fmt::format("keymeter_websockets_ended_total{{reason=\"client\"}} {}\n", count);
    return WaitFor([&] { return HttpGet(metrics).body.find(line) != std::string::npos; });
  };
  ASSERT_TRUE(all_ended(1));
  const std::size_t before = OurFiles();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(WebSocketClient(Port()).status(), 101);
  ASSERT_TRUE(all_ended(21));
  EXPECT_TRUE(WaitFor([&] { return OurFiles() <= before; })) << OurFiles() << " after " << before;
}

/// With more keys than the buffers of a connection hold.
class ManyKeys : public WebSocketsTest {
 protected:
  static constexpr int kKeys = 120;
  ManyKeys() {
    file_.Sql(
        fmt::format("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) INSERT "
                    "INTO api_key (id, name, description) SELECT 'x' || i, 'name', '{}' FROM n",
                    kKeys, std::string(16'000, 'd')));
  }
};

TEST_F(ManyKeys, WhoTakesNothingIsDroppedWhileOthersGoOn) {
  Start();
  WebSocketClient slow(Port());
  slow.Send(R"({"subscribe":"apikey"})");
  WebSocketClient honest(Port());
  honest.Send(R"({"subscribe":"apikey"})");
  int updates = 0;
  for (;;) {
    const auto event = honest.Next();
    ASSERT_FALSE(event.is_null());
    if (event.at("event") == "apikey:synced") break;
    ++updates;
  }
  EXPECT_EQ(updates, kKeys + 2);
  const std::string metrics = "http://" + server_->probe_address() + "/metrics";
  EXPECT_TRUE(WaitFor([&] {
    clock_.AdvanceMs(250);
    EXPECT_TRUE(honest.Next(Milliseconds(0)).is_null());  // answers pings
    return HttpGet(metrics).body.find("keymeter_websockets_ended_total{reason=\"slow\"} 1\n") !=
           std::string::npos;
  }));
  Use("k1");
  for (;;) {
    const auto event = honest.Next();
    ASSERT_FALSE(event.is_null());
    if (event.at("data").at("keyId") == "k1") break;
  }
  EXPECT_EQ(HttpGet(Url("/api/apikeys/k1")).status, 200);
}

TEST_F(WebSocketsTest, AStopSaysGoodbyeAndDoesNotWait) {
  Start();
  WebSocketClient client(Port());
  client.Send(kSubscribeK1);
  EXPECT_FALSE(client.Next().is_null());
  const WebSocketClient mute(Port());
  std::thread stopping([this] { server_.reset(); });
  EXPECT_EQ(client.CloseCode(), 1001);
  stopping.join();
}

TEST_F(WebSocketsTest, MetricsCountThem) {
  Start();
  WebSocketClient client(Port());
  client.Send(kSubscribeK1);
  EXPECT_FALSE(client.Next().is_null());
  const std::string metrics = HttpGet("http://" + server_->probe_address() + "/metrics").body;
  EXPECT_NE(metrics.find("\nkeymeter_websockets_open 1\n"), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("\nkeymeter_websockets_opened_total 1\n"), std::string::npos);
}

}  // namespace
}  // namespace keymeter::query_api
