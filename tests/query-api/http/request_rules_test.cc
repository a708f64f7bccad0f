#include "query-api/http/request_rules.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

int StatusOf(std::vector<Header> headers, const std::string& method = "GET",
             std::string_view version = "1.1") {
  if (version == "1.1") headers.insert(headers.begin(), {"Host", "localhost"});
  const auto refusal = BreaksRules(Request{method, "/api/health", "", std::move(headers)}, version);
  return refusal ? refusal->status : 200;
}

TEST(RequestRules, AnOrdinaryRequestPasses) {
  EXPECT_EQ(StatusOf({{"User-Agent", "curl/8"}, {"Accept", "*/*"}, {"X-Name", "Zoë"}}), 200);
  EXPECT_EQ(StatusOf({}, "GET", "1.0"), 200);
  EXPECT_EQ(StatusOf({{"Content-Length", "0"}}), 200);
}

TEST(RequestRules, HostIsNeededOnce) {
  EXPECT_EQ(StatusOf({{"host", "other"}}), 400);
  EXPECT_EQ(BreaksRules(Request{"GET", "/", "", {}}, "1.1")->status, 400);
}

TEST(RequestRules, WhatCanHoldOnceComesOnce) {
  for (const char* name : {"Content-Length", "Transfer-Encoding", "Authorization", "Origin", "Expect"}) {
    const std::string value = std::string(name) == "Content-Length" ? "5" : "chunked";
    EXPECT_EQ(StatusOf({{name, value}, {name, value}}, "POST"), 400) << name;
  }
  EXPECT_EQ(StatusOf({{"Accept", "a"}, {"Accept", "b"}}), 200);
}

TEST(RequestRules, TheLengthOfABodyIsPlain) {
  for (const char* value : {"", "-1", "+5", "5, 5", "5 5", "0x10", "1e3", "9999999999999999999"})
    EXPECT_EQ(StatusOf({{"Content-Length", value}}, "POST"), 400) << value;
  EXPECT_EQ(StatusOf({{"Content-Length", "5"}}, "POST"), 200);
  EXPECT_EQ(StatusOf({{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}}, "POST"), 400);
  EXPECT_EQ(StatusOf({{"Transfer-Encoding", "gzip, chunked"}}, "POST"), 400);
  EXPECT_EQ(StatusOf({{"Transfer-Encoding", "identity"}}, "POST"), 400);
  EXPECT_EQ(StatusOf({{"Transfer-Encoding", "chunked"}}, "POST"), 200);
  EXPECT_EQ(StatusOf({{"Transfer-Encoding", "chunked"}}, "POST", "1.0"), 400);
}

TEST(RequestRules, ReadingTakesNoBody) {
  EXPECT_EQ(StatusOf({{"Content-Length", "5"}}), 413);
  EXPECT_EQ(StatusOf({{"Transfer-Encoding", "chunked"}}, "HEAD"), 413);
}

TEST(RequestRules, OnlyOneThingCanBeExpected) {
  EXPECT_EQ(StatusOf({{"Expect", "100-continue"}}), 200);
  EXPECT_EQ(StatusOf({{"Expect", "the-unexpected"}}), 417);
}

TEST(RequestRules, NamesAreTokensAndValuesPrintableUtf8) {
  for (const char* name : {"", "X Y", "X(", "X@", "\xC3\xA9"})
    EXPECT_EQ(StatusOf({{name, "v"}}), 400) << name;
  for (const char* value : {"\x01", "a\x7F", "\xFF", "\xC0\xAF", "tab\there"})
    EXPECT_EQ(StatusOf({{"X-Value", value}}), 400) << value;
}

TEST(RequestRules, HeaderLinesAreCounted) {
  EXPECT_EQ(StatusOf(std::vector<Header>(kMaxHeaderLines - 1, {"X", "y"})), 200);
  EXPECT_EQ(StatusOf(std::vector<Header>(kMaxHeaderLines, {"X", "y"})), 431);
}

TEST(RequestRules, AClientSaysWhetherItGoesOn) {
  const auto wants = [](std::string_view version, const char* wish) {
    return WantsKeepAlive(Request{"GET", "/", "", {{"Connection", wish}}}, version);
  };
  EXPECT_TRUE(WantsKeepAlive(Request{"GET", "/", "", {}}, "1.1"));
  EXPECT_FALSE(WantsKeepAlive(Request{"GET", "/", "", {}}, "1.0"));
  EXPECT_TRUE(wants("1.0", "Keep-Alive"));
  EXPECT_TRUE(wants("1.1", "TE , keep-alive"));
  EXPECT_FALSE(wants("1.1", "close"));
  EXPECT_FALSE(wants("1.1", ""));
}

}  // namespace
}  // namespace keymeter::query_api
