// Who gets in, through the listener.

#include <gtest/gtest.h>

#include "query-api/access/digest.h"
#include "query-api/access/token_file.h"
#include "query-api/api_server.h"
#include "tests/support/api_options.h"
#include "tests/support/http_client.h"
#include "tests/support/raw_socket.h"
#include "tests/support/temp_dir.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::HttpGet;
using keymeter::testing::HttpRequest;
using keymeter::testing::HttpResponse;
using keymeter::testing::RawSocket;
using keymeter::testing::TempDir;
using keymeter::testing::WriteFile;

class ApiAccessTest : public ::testing::Test {
 protected:
  void Start() {
    auto server = ApiServer::Start(options_, clock_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  void StartWithToken() {
    options_.access.token_file = directory_.File("tokens.json");
    WriteFile(options_.access.token_file,
              TokenFileText({{"00000001", "ann", Role::kViewer, kNow, {}, Sha256(token_)}}));
    Start();
  }
  [[nodiscard]] std::string Api(const std::string& path) const {
    return "http://" + server_->api_address() + path;
  }
  [[nodiscard]] std::string Probe(const std::string& path) const {
    return "http://" + server_->probe_address() + path;
  }
  static void ExpectSecurityHeaders(const HttpResponse& response, const std::string& of) {
    for (const auto& [name, value] : std::map<std::string, std::string>{
             {"x-content-type-options", "nosniff"},
             {"content-security-policy", "default-src 'none'; frame-ancestors 'none'"},
             {"referrer-policy", "no-referrer"},
             {"cross-origin-resource-policy", "same-origin"}})
      EXPECT_EQ(response.headers.contains(name) ? response.headers.at(name) : "", value) << of << " " << name;
    EXPECT_FALSE(response.headers.contains("server")) << of;
  }

  const std::string token_ = MakeToken();
  const TempDir directory_;
  UsageFile file_;
  ManualClock clock_{kNowMs};
  ApiOptions options_ = SmallServer(file_.path());
  std::unique_ptr<ApiServer> server_;
};

TEST_F(ApiAccessTest, TakesATokenForEverythingButTheProbes) {
  StartWithToken();
  for (const char* path : {"/api/apikeys", "/api/health", "/", "/nowhere", "/openapi.json"}) {
    const HttpResponse refused = HttpGet(Api(path));
    EXPECT_EQ(refused.status, 401) << path;
    EXPECT_EQ(refused.headers.at("www-authenticate"), "Bearer realm=\"keymeter\"") << path;
    EXPECT_EQ(refused.Json().at("requestId"), refused.headers.at("x-request-id")) << path;
  }
  EXPECT_EQ(HttpGet(Api("/api/apikeys"), {"Authorization: Bearer " + token_}).status, 200);
  EXPECT_EQ(HttpGet(Api("/nowhere"), {"Authorization: Bearer " + token_}).status, 404);
  EXPECT_EQ(HttpGet(Probe("/livez")).status, 200);
  const std::string metrics = HttpGet(Probe("/metrics")).body;
  EXPECT_NE(metrics.find("keymeter_api_refused_requests_total{reason=\"credentials_missing\"} 5\n"),
            std::string::npos)
      << metrics;
  EXPECT_NE(metrics.find("route=\"/api/apikeys\",status=\"4xx\""), std::string::npos) << metrics;
}

TEST_F(ApiAccessTest, SlowsDownWhoAsksTooOften) {
  options_.access.rate_limit = {1, 2};
  StartWithToken();
  const keymeter::testing::HttpHeaders headers = {"Authorization: Bearer " + token_};
  EXPECT_EQ(HttpGet(Api("/api/apikeys"), headers).status, 200);
  EXPECT_EQ(HttpGet(Api("/api/apikeys"), headers).status, 200);
  const HttpResponse refused = HttpGet(Api("/api/apikeys"), headers);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  clock_.AdvanceMs(1000);
  EXPECT_EQ(HttpGet(Api("/api/apikeys"), headers).status, 200);
}

TEST_F(ApiAccessTest, EveryAnswerHasTheHeadersThatProtectABrowser) {
  StartWithToken();
  const keymeter::testing::HttpHeaders headers = {"Authorization: Bearer " + token_};
  ExpectSecurityHeaders(HttpGet(Api("/api/apikeys"), headers), "an answer");
  ExpectSecurityHeaders(HttpGet(Api("/api/apikeys")), "a refusal");
  ExpectSecurityHeaders(HttpGet(Api("/nowhere"), headers), "what is not there");
  ExpectSecurityHeaders(HttpRequest("POST", Api("/api/apikeys"), headers, "{}"), "another method");
  ExpectSecurityHeaders(HttpGet(Probe("/livez")), "a probe");
  RawSocket socket(std::stoi(server_->api_address().substr(server_->api_address().rfind(':') + 1)));
  socket.Send("NONSENSE\r\n\r\n");
  EXPECT_NE(socket.ReadUntil("}").find("Content-Security-Policy: default-src 'none'"), std::string::npos);
}

TEST_F(ApiAccessTest, APreflightNeedsNoTokenAndSaysWhatAPageMaySend) {
  options_.access.cors_origins = {"https://dash.example"};
  StartWithToken();
  const keymeter::testing::HttpHeaders ask = {"Origin: https://dash.example",
                                              "Access-Control-Request-Method: GET",
                                              "Access-Control-Request-Headers: authorization"};
  const HttpResponse preflight = HttpRequest("OPTIONS", Api("/api/apikeys"), ask);
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.headers.at("access-control-allow-origin"), "https://dash.example");
  EXPECT_EQ(preflight.headers.at("vary"), "Origin");
  EXPECT_FALSE(preflight.headers.contains("content-length"));
  const HttpResponse refused = HttpGet(Api("/api/apikeys"), {"Origin: https://dash.example"});
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.headers.at("access-control-allow-origin"), "https://dash.example")
      << "a page may read why";
  EXPECT_EQ(HttpRequest("OPTIONS", Api("/api/apikeys"),
                        {"Origin: https://evil.example", "Access-Control-Request-Method: GET"})
                .status,
            403);
  const HttpResponse plain = HttpRequest("OPTIONS", Api("/api/apikeys"), {"Authorization: Bearer " + token_});
  EXPECT_EQ(plain.status, 405);
  EXPECT_EQ(plain.headers.at("allow"), "GET, HEAD");
}

TEST_F(ApiAccessTest, WithoutAListNoOtherOriginIsMentioned) {
  Start();
  const HttpResponse response = HttpGet(Api("/api/apikeys"), {"Origin: https://dash.example"});
  EXPECT_EQ(response.status, 200);
  EXPECT_FALSE(response.headers.contains("access-control-allow-origin"));
  EXPECT_EQ(HttpRequest("OPTIONS", Api("/api/apikeys"),
                        {"Origin: https://dash.example", "Access-Control-Request-Method: GET"})
                .status,
            405);
}

TEST_F(ApiAccessTest, ARequestsIdComesBackWithItsAnswerAndItsErrors) {
  Start();
  EXPECT_EQ(HttpGet(Api("/api/apikeys"), {"X-Request-Id: my-1"}).headers.at("x-request-id"), "my-1");
  const HttpResponse wrong = HttpGet(Api("/api/apikeys?limit=x"), {"X-Request-Id: my-2"});
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(wrong.Json().at("requestId"), "my-2");
  EXPECT_EQ(HttpGet(Api("/api/apikeys"), {"X-Request-Id: <script>"}).headers.at("x-request-id").size(), 16U);
}

}  // namespace
}  // namespace keymeter::query_api
