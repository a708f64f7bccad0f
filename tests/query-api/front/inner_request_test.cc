#include "query-api/front/inner_request.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

std::string Written(Request request) {
  request.peer = "::1";
  std::string out;
  AppendInnerRequest(out, request);
  return out;
}

/// The lines between the request's and the peer's.
std::string LinesOf(std::vector<Header> headers) {
  const std::string all = Written({"GET", "/", "", std::move(headers)});
  const std::size_t begin = all.find("\r\n") + 2;
  return all.substr(begin, all.find("Keymeter-Peer: ::1\r\n\r\n") - begin);
}

TEST(InnerRequest, IsAWholeHead) {
  std::string out = "before ";
  Request request{"GET", "/api/health", "a=1&b=2", {{"host", "localhost"}, {"User-Agent", "curl"}}};
  request.peer = "127.0.0.1";
  AppendInnerRequest(out, request);
  EXPECT_EQ(out,
            "before GET /api/health?a=1&b=2 HTTP/1.1\r\nHost: localhost\r\nKeymeter-Peer: 127.0.0.1\r\n\r\n");
}

TEST(InnerRequest, OnlyWhatIsReadInsideIsWritten) {
  EXPECT_EQ(LinesOf({{"Cookie", "x"},
                     {"Content-Length", "5"},
                     {"Transfer-Encoding", "chunked"},
                     {"Expect", "100-continue"},
                     {"Connection", "close"},
                     {"Keymeter-Peer", "10.0.0.1"},
                     {"keymeter-method", "POST"},
                     {"Keymeter-Handed-Over", "1"},
                     {"X-Request-Id", "7"}}),
            "X-Request-Id: 7\r\n");
}

TEST(InnerRequest, SeveralLinesOfANameBecomeOne) {
  EXPECT_EQ(
      LinesOf({{"X-Forwarded-For", "a"}, {"Host", "h"}, {"x-forwarded-for", ""}, {"X-FORWARDED-FOR", "b"}}),
      "Host: h\r\nX-Forwarded-For: a, , b\r\n");
}

TEST(InnerRequest, ProxiesLeaveOneTrace) {
  EXPECT_EQ(LinesOf({{"Via", "1.1 a"}, {"X-Real-IP", "10.0.0.1"}}), "Via: 1.1 a\r\n");
  EXPECT_EQ(LinesOf({{"Forwarded", "for=10.0.0.1"}, {"X-Real-IP", "b"}}),
            "Forwarded: for=10.0.0.1\r\nX-Real-IP: b\r\n");
}

/// civetweb drops in silence what stands after 64 header lines.
TEST(InnerRequest, HasFewLines) {
  std::vector<Header> headers;
  headers.reserve(100);
  for (int i = 0; i < 100; ++i) headers.push_back({fmt::format("X-Forwarded-{}", i), "x"});
  for (const char* name : {"Via", "Accept-Encoding", "If-None-Match"})
    headers.insert(headers.end(), 100, {name, "x"});
  const std::string lines = LinesOf(headers);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
}

TEST(InnerRequest, AnUpgradeKeepsItsHeaders) {
  EXPECT_EQ(
      LinesOf({{"Upgrade", "websocket"}, {"Connection", "TE, upgrade"}, {"Sec-WebSocket-Version", "13"}}),
      "Sec-WebSocket-Version: 13\r\nKeymeter-Upgrade: websocket\r\n");
  EXPECT_EQ(LinesOf({{"Upgrade", "h2c"}}), "");
}

TEST(InnerRequest, WhatCivetwebRefusesIsWrittenInOtherWords) {
  EXPECT_EQ(Written({"BREW", "/pot", "", {}}),
            "PATCH /pot HTTP/1.1\r\nKeymeter-Method: BREW\r\nKeymeter-Peer: ::1\r\n\r\n");
  EXPECT_EQ(Written({"get", "/", "", {}}),
            "PATCH / HTTP/1.1\r\nKeymeter-Method: get\r\nKeymeter-Peer: ::1\r\n\r\n");
  EXPECT_EQ(Written({"OPTIONS", "*", "", {}}), "OPTIONS /* HTTP/1.1\r\nKeymeter-Peer: ::1\r\n\r\n");
}

}  // namespace
}  // namespace keymeter::query_api
