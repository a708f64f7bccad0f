#include "query-api/http/router.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

Router TestRouter(Gate gate = {}) {
  const auto echo = [](const Call& call) -> Result<Response> { return JsonResponse(Json{{"id", call.id}}); };
  const auto fail = [](ErrorCode code) {
    return [code](const Call&) -> Result<Response> { return Fail(code, "secret detail"); };
  };
  const auto thrower = [](const Call&) -> Result<Response> { throw std::runtime_error("secret detail"); };
  return Router({{"GET", "/things", {"limit"}, echo},
                 {"GET", "/things/{id}", {}, echo},
                 {"GET", "/invalid", {}, fail(ErrorCode::kInvalid)},
                 {"GET", "/unavailable", {}, fail(ErrorCode::kUnavailable)},
                 {"GET", "/internal", {}, fail(ErrorCode::kInternal)},
                 {"GET", "/throws", {}, thrower}},
                std::move(gate));
}

Response Ask(const std::string& method, const std::string& path, const std::string& query = "") {
  return TestRouter().Answer({method, path, query, {}});
}

TEST(Router, FindsTheHandlerByMethodAndTemplate) {
  EXPECT_EQ(Ask("GET", "/things").status, 200);
  EXPECT_EQ(Ask("GET", "/things/a%2Fb").body, R"({"id":"a/b"})");
  EXPECT_EQ(Ask("GET", "/things/a").route, "/things/{id}");
  EXPECT_EQ(Ask("HEAD", "/things").status, 200);
}

TEST(Router, WhatIsNotInTheTableIsNotFound) {
  for (const char* path : {"/", "", "/thing", "/things/", "/things/a/b", "/THINGS", "*", "//things"})
    EXPECT_EQ(Ask("GET", path).status, 404) << path;
}

TEST(Router, AnotherMethodIsToldWhichAreAllowed) {
  const Response response = Ask("POST", "/things/a");
  EXPECT_EQ(response.status, 405);
  ASSERT_NE(response.FindHeader("allow"), nullptr);
  EXPECT_EQ(*response.FindHeader("allow"), "GET, HEAD");
}

TEST(Router, ProblemsHaveBothOldAndNewMembers) {
  const Response response = Ask("GET", "/things", "oops=1");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(*response.FindHeader("Content-Type"), "application/problem+json");
  const Json body = Json::parse(response.body);
  EXPECT_EQ(body["title"], "Bad Request");
  EXPECT_EQ(body["status"], 400);
  EXPECT_EQ(body["code"], 400);
  EXPECT_EQ(body["detail"], "unknown parameter oops: known are limit");
  EXPECT_EQ(body["error"], body["detail"]);
  EXPECT_EQ(body["type"], "about:blank");
}

TEST(Router, ALongTargetIsRefused) {
  EXPECT_EQ(Ask("GET", "/things", "limit=" + std::string(kMaxTargetBytes, '1')).status, 414);
  EXPECT_EQ(Ask("GET", "/" + std::string(kMaxTargetBytes, 'a')).status, 414);
}

TEST(Router, OptionsOfTheServerAreAnswered) {
  for (const char* path : {"*", "/*"}) {
    const Response response = Ask("OPTIONS", path);
    EXPECT_EQ(response.status, 204) << path;
    EXPECT_EQ(*response.FindHeader("Allow"), "GET, HEAD, OPTIONS");
  }
  EXPECT_EQ(Ask("GET", "/*").status, 404);
}

TEST(Router, APathThatIsNoTextIsRefused) {
  EXPECT_EQ(Ask("GET", "/things/%ff").status, 400);
  EXPECT_EQ(Ask("GET", "/things/%c0%80").status, 400);
  EXPECT_EQ(Ask("GET", "/things/%2").status, 400);
}

TEST(Router, ErrorsBecomeAnswersAndInternalOnesSayNothing) {
  EXPECT_EQ(Ask("GET", "/invalid").status, 400);
  EXPECT_EQ(Ask("GET", "/unavailable").status, 503);
  EXPECT_EQ(Json::parse(Ask("GET", "/unavailable").body)["reasons"][0], "secret detail");
  for (const char* path : {"/internal", "/throws"}) {
    EXPECT_EQ(Ask("GET", path).status, 500) << path;
    EXPECT_EQ(Ask("GET", path).body.find("secret"), std::string::npos) << path;
  }
}

TEST(Router, TheGateStandsBeforeEverything) {
  const Router router = TestRouter([](const Request&) { return tl::unexpected(Problem(403, "no")); });
  EXPECT_EQ(router.Answer({"GET", "/things", "", {}}).status, 403);
  EXPECT_EQ(router.Answer({"GET", "/nothing", "", {}}).status, 403);
}

}  // namespace
}  // namespace keymeter::query_api
