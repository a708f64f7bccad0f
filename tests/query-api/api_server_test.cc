#include "query-api/api_server.h"

#include <atomic>
#include <sstream>
#include <stdexcept>

#include <gtest/gtest.h>
#include <regex.h>

#include "schema/migrations.h"
#include "tests/support/api_options.h"
#include "tests/support/http_client.h"
#include "tests/support/raw_socket.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::HttpGet;
using keymeter::testing::HttpRequest;
using keymeter::testing::RawSocket;

int PortOf(const std::string& address) {
  return std::stoi(address.substr(address.rfind(':') + 1));
}

/// A comment or a sample of the text format 0.0.4. POSIX's, since GCC 12 warns inside std::regex under
/// sanitizers.
bool IsMetricsLine(const std::string& line) {
  regex_t pattern;
  const char* text =
      "^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*\\})? [-+.e0-9]+)$";
  if (regcomp(&pattern, text, REG_EXTENDED | REG_NOSUB) != 0) return false;
  const bool matches = regexec(&pattern, line.c_str(), 0, nullptr, 0) == 0;
  regfree(&pattern);
  return matches;
}

class ApiServerTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<ApiServer> Start(Probes probes = {}) {
    auto server = ApiServer::Start(SmallServer(file_.path()), clock_, std::move(probes));
    EXPECT_TRUE(server) << server.error().message;
    return std::move(*server);
  }
  [[nodiscard]] static std::string Api(const ApiServer& server, const std::string& path) {
    return "http://" + server.api_address() + path;
  }
  [[nodiscard]] static std::string Probe(const ApiServer& server, const std::string& path) {
    return "http://" + server.probe_address() + path;
  }

  UsageFile file_;
  ManualClock clock_{kNowMs};
};

TEST_F(ApiServerTest, AnswersOverSockets) {
  file_.Key("k1", "one").Minute(kMinuteNow, {.entity = "k1", .requests = 2});
  const auto server = Start();
  const auto response = HttpGet(Api(*server, "/api/apikeys"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.at("content-type"), "application/json; charset=utf-8");
  EXPECT_EQ(response.headers.at("x-total-count"), "1");
  EXPECT_EQ(response.Json().at(0).at("rpm"), 2.0);
  EXPECT_EQ(HttpGet(Api(*server, "/api/apikeys"), {"If-None-Match: " + response.headers.at("etag")}).status,
            304);
}

TEST_F(ApiServerTest, HeadIsGetWithoutItsBody) {
  const auto server = Start();
  RawSocket socket(PortOf(server->api_address()));
  socket.Send("HEAD /api/apikeys HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(socket.ReadUntil("never").find("[]"), std::string::npos);
  RawSocket other(PortOf(server->api_address()));
  other.Send("GET /api/apikeys HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(other.ReadUntil("[]").find("Content-Length: 2\r\n"), std::string::npos);
}

TEST_F(ApiServerTest, AConnectionTakesOneRequestAfterTheOther) {
  const auto server = Start();
  RawSocket socket(PortOf(server->api_address()));
  for (int i = 0; i < 3; ++i) {
    socket.Send("GET /api/apikeys HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_NE(socket.ReadUntil("[]").find("200 OK"), std::string::npos) << i;
  }
}

TEST_F(ApiServerTest, OtherMethodsPathsAndHostsAreRefused) {
  const auto server = Start();
  EXPECT_EQ(HttpRequest("POST", Api(*server, "/api/apikeys"), {}, "{}").status, 405);
  EXPECT_EQ(HttpRequest("OPTIONS", Api(*server, "/api/apikeys")).status, 405);
  EXPECT_EQ(HttpGet(Api(*server, "/")).status, 404);
  EXPECT_EQ(HttpGet(Api(*server, "/etc/passwd")).status, 404);
  EXPECT_EQ(HttpGet(Api(*server, "/livez")).status, 404);
  EXPECT_EQ(HttpGet(Api(*server, "/api/apikeys"), {"Host: evil.example"}).status, 403);
  EXPECT_EQ(HttpGet(Api(*server, "/api/apikeys"), {"X-Forwarded-For: 1.2.3.4"}).status, 403);
  EXPECT_EQ(HttpGet(Api(*server, "/api/apikeys?search=" + std::string(9000, 'x'))).status, 414);
}

TEST_F(ApiServerTest, ABodyIsNeverReadAndItsConnectionClosed) {
  const auto server = Start();
  RawSocket socket(PortOf(server->api_address()));
  socket.Send("POST /api/apikeys HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{");
  EXPECT_NE(socket.ReadUntil("\r\n\r\n").find("405"), std::string::npos);
  EXPECT_TRUE(socket.IsClosedByPeer());
}

TEST_F(ApiServerTest, WhatIsNoHttpGetsAProblem) {
  const auto server = Start();
  for (const std::string request : {"NONSENSE\r\n\r\n", "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
                                    "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n"}) {
    RawSocket socket(PortOf(server->api_address()));
    socket.Send(request);
    EXPECT_NE(socket.ReadUntil("}").find("application/problem+json"), std::string::npos) << request;
  }
}

TEST_F(ApiServerTest, AHeaderThatIsTooLargeGetsAProblem) {
  const auto server = Start();
  RawSocket socket(PortOf(server->api_address()));
  socket.Send("GET /api/health HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(16'400, 'x'));
  EXPECT_NE(socket.ReadUntil("}").find("HTTP/1.1 431"), std::string::npos);
}

TEST_F(ApiServerTest, AFileThatIsMissingIsUnavailableUntilItComes) {
  const keymeter::testing::TempDir directory;
  const auto server = ApiServer::Start(SmallServer(directory.File("k.db")), clock_);
  ASSERT_TRUE(server);
  EXPECT_EQ(HttpGet(Api(**server, "/api/apikeys")).status, 503);
  EXPECT_EQ(HttpGet(Probe(**server, "/readyz")).status, 503);
  EXPECT_EQ(HttpGet(Probe(**server, "/livez")).status, 200);
  auto database = Database::Open(directory.File("k.db"), Database::Mode::kReadWrite);
  ASSERT_TRUE(database);
  ASSERT_TRUE(Migrate(*database));
  EXPECT_EQ(HttpGet(Api(**server, "/api/apikeys")).status, 200);
  EXPECT_EQ(HttpGet(Probe(**server, "/readyz")).status, 200);
}

TEST_F(ApiServerTest, APortInUseNamesTheAddressAndTheFlag) {
  const auto server = Start();
  const auto second = ApiServer::Start(SmallServer(file_.path(), server->api_address()), clock_);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find(server->api_address()), std::string::npos);
  EXPECT_NE(second.error().message.find("--listen"), std::string::npos);
  EXPECT_NE(second.error().message.find("in use"), std::string::npos) << second.error().message;
  const auto third =
      ApiServer::Start(SmallServer(file_.path(), "127.0.0.1:0", server->probe_address()), clock_);
  ASSERT_FALSE(third);
  EXPECT_NE(third.error().message.find("--probe-listen"), std::string::npos);
}

TEST_F(ApiServerTest, WrongAddressesAreRefusedAtStart) {
  EXPECT_FALSE(ApiServer::Start(SmallServer(file_.path(), "nowhere"), clock_));
  EXPECT_FALSE(ApiServer::Start(SmallServer(file_.path(), "127.0.0.1:0", "127.0.0.1:99999"), clock_));
  const auto open = ApiServer::Start(SmallServer(file_.path(), "0.0.0.0:0"), clock_);
  ASSERT_FALSE(open);
  EXPECT_NE(open.error().Text().find("--no-auth"), std::string::npos);
}

TEST_F(ApiServerTest, ProbesAnswerWhileTheApiIsFull) {
  ApiOptions options = SmallServer(file_.path());
  options.connections = 2;
  const auto started = ApiServer::Start(options, clock_);
  ASSERT_TRUE(started) << started.error().message;
  const ApiServer& server = **started;
  std::vector<std::unique_ptr<RawSocket>> stuck;
  for (int i = 0; i < 6; ++i) {
    stuck.push_back(std::make_unique<RawSocket>(PortOf(server.api_address())));
    stuck.back()->Send("GET /api/apikeys HTTP/1.1\r\nHost: loc");
  }
  EXPECT_EQ(HttpGet(Probe(server, "/livez")).status, 200);
  EXPECT_EQ(HttpGet(Probe(server, "/readyz")).status, 200);
  EXPECT_EQ(HttpGet(Probe(server, "/metrics")).status, 200);
}

TEST_F(ApiServerTest, ProbesSayWhatTheProcessSays) {
  std::atomic<bool> alive{true};
  Probes probes;
  probes.alive = [&] { return alive.load(); };
  probes.not_ready = [&] {
    return alive ? std::vector<std::string>() : std::vector<std::string>{"not subscribed"};
  };
  const auto server = Start(std::move(probes));
  file_.Heartbeat(kNowMs);
  for (const char* path : {"/livez", "/readyz", "/healthz"})
    EXPECT_EQ(HttpGet(Probe(*server, path)).body, R"({"ok":true})") << path;
  alive = false;
  EXPECT_EQ(HttpGet(Probe(*server, "/livez")).status, 503);
  EXPECT_EQ(HttpGet(Probe(*server, "/readyz")).body, R"({"ok":false,"reasons":["not subscribed"]})");
  EXPECT_EQ(HttpGet(Probe(*server, "/healthz")).status, 503);
  EXPECT_EQ(HttpGet(Probe(*server, "/api/health")).status, 404);
}

TEST_F(ApiServerTest, MetricsAreWellFormedAndNameNobody) {
  file_.Key("secret-id", "secret-name");
  Probes probes;
  probes.add_metrics = [](PrometheusText& writer) { writer.Counter("keymeter_events_total", "Events.", 7); };
  const auto server = Start(std::move(probes));
  EXPECT_EQ(HttpGet(Api(*server, "/api/apikeys/secret-id")).status, 200);
  EXPECT_EQ(HttpGet(Api(*server, "/secret-path")).status, 404);
  const auto response = HttpGet(Probe(*server, "/metrics"));
  EXPECT_EQ(response.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
  EXPECT_NE(response.body.find("keymeter_events_total 7\n"), std::string::npos);
  EXPECT_NE(response.body.find("keymeter_api_requests_total{route=\"/api/apikeys/{id}\",status=\"2xx\"} 1\n"),
            std::string::npos);
  std::istringstream lines(response.body);
  for (std::string line; std::getline(lines, line);) EXPECT_TRUE(IsMetricsLine(line)) << line;
}

TEST_F(ApiServerTest, WhatIsRefusedBeforeTheRouterIsCounted) {
  const auto server = Start();
  RawSocket socket(PortOf(server->api_address()));
  socket.Send("GET /api/apikeys HTTP/1.1\r\n\r\n");
  EXPECT_NE(socket.ReadUntil("}").find("HTTP/1.1 400"), std::string::npos);
  EXPECT_NE(HttpGet(Probe(*server, "/metrics"))
                .body.find("keymeter_api_requests_total{route=\"/api/apikeys\",status=\"4xx\"} 1\n"),
            std::string::npos);
}

TEST_F(ApiServerTest, WhatIsRefusedIsCountedAtTheRouteThatItsPathHas) {
  const auto server = Start();
  EXPECT_EQ(HttpRequest("DELETE", Api(*server, "/api/apikeys/k")).status, 405);
  RawSocket socket(PortOf(server->api_address()));
  socket.Send("GET /api/apikeys/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nxx");
  EXPECT_NE(socket.ReadUntil("}").find("HTTP/1.1 413"), std::string::npos);
  const std::string metrics = HttpGet(Probe(*server, "/metrics")).body;
  EXPECT_NE(metrics.find("keymeter_api_requests_total{route=\"/api/apikeys/{id}\",status=\"4xx\"} 2\n"),
            std::string::npos)
      << metrics;
}

TEST_F(ApiServerTest, WhatAProbeThrowsStaysInside) {
  Probes probes;
  probes.alive = []() -> bool { throw std::runtime_error("secret"); };
  const auto server = Start(std::move(probes));
  const auto response = HttpGet(Probe(*server, "/livez"));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
}

TEST_F(ApiServerTest, StopsWhileClientsHoldConnections) {
  auto server = Start();
  RawSocket idle(PortOf(server->api_address()));
  idle.Send("GET /api/apikeys HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(idle.ReadUntil("[]"), "");
  RawSocket half(PortOf(server->probe_address()));
  half.Send("GET /livez HTT");
  const std::int64_t begin_ms = SystemClock().MonotonicMs();
  server.reset();
  EXPECT_LT(SystemClock().MonotonicMs() - begin_ms, 4000);
  EXPECT_TRUE(idle.IsClosedByPeer());
}

}  // namespace
}  // namespace keymeter::query_api
