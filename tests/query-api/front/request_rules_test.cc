#include "query-api/front/request_rules.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

int StatusOf(std::vector<Header> headers, const std::string& method = "GET",
             std::string_view version = "1.1") {
  if (version == "1.1") headers.insert(headers.begin(), {"Host", "localhost"});
  const auto refusal = BreaksRules(Request{method, "/api/health", "", std::move(headers)}, version);
  return refusal ? refusal->status : 200;
}

Request WithConnection(const char* options) {
  return {"GET", "/", "", {{"Connection", options}}};
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
  for (const char* name :
       {"Content-Length", "Transfer-Encoding", "Authorization", "Origin", "Expect", "Connection"}) {
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
  for (const char* value : {"gzip, chunked", "identity", "chunked, chunked", "xchunked", ""})
    EXPECT_EQ(StatusOf({{"Transfer-Encoding", value}}, "POST"), 501) << value;
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

TEST(RequestRules, ValuesAreUtf8) {
  for (const char* value : {"\xFF", "\xC0\xAF", "ends in \xC3"})
    EXPECT_EQ(StatusOf({{"X-Value", value}}), 400) << value;
}

TEST(RequestRules, AConnectionHasOptions) {
  EXPECT_TRUE(NamesOption(WithConnection("TE,  Upgrade "), "upgrade"));
  EXPECT_FALSE(NamesOption(WithConnection("upgraded, not upgrade"), "upgrade"));
  EXPECT_FALSE(NamesOption(Request{"GET", "/", "", {}}, "upgrade"));
}

TEST(RequestRules, AClientSaysWhetherItGoesOn) {
  const auto wants = [](std::string_view version, const char* options) {
    return WantsKeepAlive(WithConnection(options), version);
  };
  EXPECT_TRUE(WantsKeepAlive(Request{"GET", "/", "", {}}, "1.1"));
  EXPECT_FALSE(WantsKeepAlive(Request{"GET", "/", "", {}}, "1.0"));
  EXPECT_TRUE(wants("1.0", "Keep-Alive"));
  EXPECT_TRUE(wants("1.1", "TE , keep-alive"));
  EXPECT_FALSE(wants("1.1", "close"));
  EXPECT_FALSE(wants("1.1", ""));
  EXPECT_FALSE(wants("1.1", "keep-alive, close"));
  EXPECT_FALSE(wants("1.1", "close, keep-alive"));
}

}  // namespace
}  // namespace keymeter::query_api
