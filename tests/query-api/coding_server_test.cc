#include <gtest/gtest.h>

#include "query-api/api_server.h"
#include "tests/support/api_options.h"
#include "tests/support/gunzip.h"
#include "tests/support/http_client.h"
#include "tests/support/raw_socket.h"
#include "tests/support/report_reading.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::HttpGet;
using keymeter::testing::HttpRequest;
using keymeter::testing::RawSocket;

/// Codings and exports over sockets.
class CodingServerTest : public ::testing::Test {
 protected:
  CodingServerTest() {
    for (int i = 0; i < 20; ++i) {
      const std::string id = fmt::format("key-{}", i);
      file_.Key(id).Minute(kMinuteNow - kDaySeconds, {.entity = id});
    }
    auto server = ApiServer::Start(SmallServer(file_.path()), clock_);
    if (!server) throw std::runtime_error(server.error().message);
    server_ = std::move(*server);
  }
  [[nodiscard]] std::string Api(const std::string& path) const {
    return "http://" + server_->api_address() + path;
  }
  [[nodiscard]] std::string Raw(const std::string& method, const std::string& path) const {
    const std::string address = server_->api_address();
    RawSocket socket(std::stoi(address.substr(address.rfind(':') + 1)));
    socket.Send(
        fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Request-Id: "
                    "the-same\r\nAccept-Encoding: gzip\r\n\r\n",
                    method, path));
    return socket.ReadUntil("never");
  }

  UsageFile file_;
  ManualClock clock_{kNowMs};
  std::unique_ptr<ApiServer> server_;
};

TEST_F(CodingServerTest, ACodedAnswerIsTheAnswerAndHasItsETag) {
  const auto plain = HttpGet(Api("/api/apikeys"));
  const auto coded = HttpGet(Api("/api/apikeys"), {"Accept-Encoding: gzip"});
  EXPECT_EQ(coded.headers.at("content-encoding"), "gzip");
  EXPECT_EQ(Gunzip(coded.body), plain.body);
  EXPECT_LT(coded.body.size() * 4, plain.body.size());
  EXPECT_EQ(plain.headers.at("etag"), coded.headers.at("etag"));
  EXPECT_EQ(plain.headers.at("vary"), "Accept-Encoding");
  const auto again =
      HttpGet(Api("/api/apikeys"), {"Accept-Encoding: gzip", "If-None-Match: " + plain.headers.at("etag")});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.headers.at("vary"), "Accept-Encoding");
}

TEST_F(CodingServerTest, AHeadSaysWhatTheGetWouldSend) {
  const std::string get = Raw("GET", "/api/apikeys");
  const std::string head = Raw("HEAD", "/api/apikeys");
  const std::string get_head = get.substr(0, get.find("\r\n\r\n") + 4);
  EXPECT_EQ(head.substr(head.find("Content-Type")), get_head.substr(get_head.find("Content-Type")));
  EXPECT_NE(head.find("Content-Encoding: gzip"), std::string::npos);
}

TEST_F(CodingServerTest, AnExportHasALengthPlainAndCoded) {
  const auto plain = HttpGet(Api("/api/export/report?type=usage"));
  EXPECT_EQ(plain.headers.at("content-length"), std::to_string(plain.body.size()));
  EXPECT_EQ(ParseCsv(plain.body).size(), 21U);
  const auto coded = HttpGet(Api("/api/export/report?type=usage"), {"Accept-Encoding: gzip"});
  EXPECT_EQ(coded.headers.at("content-encoding"), "gzip");
  EXPECT_EQ(coded.headers.at("content-length"), std::to_string(coded.body.size()));
  EXPECT_EQ(Gunzip(coded.body), plain.body);
}

TEST_F(CodingServerTest, AHeadOfAnExportHasNoBody) {
  const std::string head = Raw("HEAD", "/api/export/report?type=usage&format=excel");
  EXPECT_NE(head.find("200 OK"), std::string::npos);
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

TEST_F(CodingServerTest, MetricsAreCodedAndCountTheCache) {
  for (int i = 0; i < 3; ++i) (void)HttpGet(Api("/api/apikeys"));
  (void)HttpGet(Api("/api/export/report"));
  const auto coded = HttpGet("http://" + server_->probe_address() + "/metrics", {"Accept-Encoding: gzip"});
  EXPECT_EQ(coded.headers.at("content-encoding"), "gzip");
  const std::string metrics = Gunzip(coded.body).value_or("");
  for (const char* line :
       {"keymeter_api_answer_cache_hits_total 2\n", "keymeter_api_answer_cache_misses_total 1\n",
        "keymeter_api_answer_cache_answers 1\n", "keymeter_api_exports_total 1\n"})
    EXPECT_NE(metrics.find(line), std::string::npos) << line << metrics;
}

}  // namespace
}  // namespace keymeter::query_api
