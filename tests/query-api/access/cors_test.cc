#include "query-api/access/cors.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

using Origins = std::vector<std::string>;

Cors Listed(const Origins& origins = {"https://dash.example"}, bool has_credentials = false) {
  return *Cors::Make(origins, has_credentials);
}

Request Preflight(const std::string& origin) {
  return {"OPTIONS", "/api/apikeys", "", {{"Origin", origin}, {"Access-Control-Request-Method", "GET"}}};
}

/// A header of an answer after Decorate; "" without it.
std::string Decorated(const Cors& cors, std::vector<Header> headers, const char* name) {
  Response response;
  cors.Decorate({"GET", "/", "", std::move(headers)}, response);
  const std::string* const value = response.FindHeader(name);
  return value == nullptr ? "" : *value;
}

TEST(Cors, IsOffWithoutAList) {
  const Cors cors = Listed({});
  EXPECT_FALSE(cors.AnswerPreflight(Preflight("https://dash.example")));
  EXPECT_EQ(Decorated(cors, {{"Origin", "https://dash.example"}}, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(Decorated(cors, {}, "Vary"), "");
}

TEST(Cors, AnswersThePreflightOfAListedOrigin) {
  const auto response = Listed().AnswerPreflight(Preflight("https://dash.example"));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 204);
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(*response->FindHeader("Access-Control-Allow-Methods"), "GET, HEAD");
  EXPECT_NE(response->FindHeader("Access-Control-Allow-Headers")->find("Authorization"), std::string::npos);
  EXPECT_NE(response->FindHeader("Access-Control-Allow-Headers")->find("If-None-Match"), std::string::npos);
  EXPECT_EQ(*response->FindHeader("Access-Control-Max-Age"), "600");
}

TEST(Cors, RefusesThePreflightOfOthers) {
  for (const char* origin : {"null", "", "https://dash.example:444", "http://dash.example",
                             "https://evil.example", "https://dash.example.evil.example", "*"}) {
    const auto response = Listed().AnswerPreflight(Preflight(origin));
    ASSERT_TRUE(response) << origin;
    EXPECT_EQ(response->status, 403) << origin;
  }
}

TEST(Cors, LeavesOtherRequestsAlone) {
  EXPECT_FALSE(Listed().AnswerPreflight({"OPTIONS", "/", "", {{"Origin", "https://dash.example"}}}));
  EXPECT_FALSE(Listed().AnswerPreflight({"OPTIONS", "/", "", {{"Access-Control-Request-Method", "GET"}}}));
  Request get = Preflight("https://dash.example");
  get.method = "GET";
  EXPECT_FALSE(Listed().AnswerPreflight(get));
}

TEST(Cors, LetsAListedOriginReadTheAnswer) {
  const Cors cors = Listed({"https://a.example", "https://b.example:8443"});
  const auto allowed = [&](const char* origin) {
    return Decorated(cors, {{"Origin", origin}}, "Access-Control-Allow-Origin");
  };
  EXPECT_EQ(allowed("https://b.example:8443"), "https://b.example:8443");
  EXPECT_EQ(allowed("https://b.example"), "");
  const std::string exposed =
      Decorated(cors, {{"Origin", "https://a.example"}}, "Access-Control-Expose-Headers");
  for (const char* header : {"ETag", "Link", "X-Total-Count", "X-Start-Ms", "X-End-Ms", "X-Request-Id"})
    EXPECT_NE(exposed.find(header), std::string::npos) << header;
  EXPECT_EQ(Decorated(cors, {{"Origin", "https://a.example"}}, "Access-Control-Allow-Credentials"), "");
}

TEST(Cors, TellsCachesThatAnswersDependOnTheOrigin) {
  for (const std::vector<Header>& headers :
       {std::vector<Header>{}, {{"Origin", "https://dash.example"}}, {{"Origin", "https://evil.example"}}})
    EXPECT_EQ(Decorated(Listed(), headers, "Vary"), "Origin");
}

TEST(Cors, LetsEveryPageTryOnlyWhereCredentialsAreAskedFor) {
  const auto refused = Cors::Make({"*"}, false);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().Text().find("--token-file"), std::string::npos);
  const Cors cors = Listed({"*"}, true);
  EXPECT_EQ(Decorated(cors, {{"Origin", "https://any.example"}}, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(cors.AnswerPreflight(Preflight("https://any.example"))->status, 204);
}

TEST(Cors, TakesOriginsOnly) {
  for (const char* origin :
       {"https://dash.example", "http://localhost:3000", "http://127.0.0.1", "http://[::1]:80"})
    EXPECT_TRUE(Cors::Make({origin}, false)) << origin;
  for (const char* origin :
       {"dash.example", "https://", "https://dash.example/", "https://dash.example/x", "https://Dash.example",
        "https://dash.example:0", "https://dash.example:x", "null", "ftp://dash.example",
        "https://u@dash.example", "https://*.example", "http://[x]"}) {
    const auto refused = Cors::Make({origin}, true);
    ASSERT_FALSE(refused) << origin;
    EXPECT_NE(refused.error().Text().find("--cors-origin"), std::string::npos);
  }
}

}  // namespace
}  // namespace keymeter::query_api
