#include "query-api/access/request_frame.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

/// A frame around an answer, and the lines that it logged.
class RequestFrameTest : public ::testing::Test {
 protected:
  Response Answered(Response response,
                    const Request& request = {"GET", "/api/x", "search=secret", {}, "10.0.0.1"}) {
    return frame_.Answer(request, [&](const Request& named, Caller& who) {
      EXPECT_EQ(who.address, "10.0.0.1");
      who.name = "grafana";
      seen_id_ = named.id;
      clock_.AdvanceMs(7);
      return std::move(response);
    });
  }
  /// The only line, once all that is to be logged has been.
  AccessLogLine Line() {
    log_.reset();
    EXPECT_EQ(lines_.size(), 1U);
    return lines_.empty() ? AccessLogLine{} : lines_.front();
  }

  ManualClock clock_{0};
  std::string seen_id_;
  std::vector<AccessLogLine> lines_;
  std::unique_ptr<AccessLog> log_ = std::make_unique<AccessLog>(
      AccessLogMode::kOn, [this](const AccessLogLine& line) { lines_.push_back(line); });
  Cors cors_;
  RequestFrame frame_{cors_, *log_, clock_};
};

TEST_F(RequestFrameTest, LogsWhoAskedForWhatAndHowItWent) {
  Response response = JsonResponse(Json{{"a", 1}});
  response.route = "/api/{id}";
  (void)Answered(std::move(response));
  const AccessLogLine line = Line();
  EXPECT_EQ(line.method, "GET");
  EXPECT_EQ(line.path, "/api/x") << "without its query";
  EXPECT_EQ(line.route, "/api/{id}");
  EXPECT_EQ(line.status, 200);
  EXPECT_EQ(line.bytes, 7U);
  EXPECT_EQ(line.ms, 7);
  EXPECT_EQ(line.client, "10.0.0.1");
  EXPECT_EQ(line.token, "grafana");
  EXPECT_EQ(line.id, seen_id_);
}

TEST_F(RequestFrameTest, LogsABodyInAFileWhenItIsReleased) {
  Response response;
  response.file = std::make_shared<FileBody>();
  response.file->bytes = 100;
  {
    const Response answer = Answered(std::move(response));
    clock_.AdvanceMs(300);
    answer.file->sent = 12;
  }
  const AccessLogLine line = Line();
  EXPECT_EQ(line.bytes, 12U) << "what the client took of it";
  EXPECT_EQ(line.ms, 307);
  EXPECT_EQ(line.client, "10.0.0.1");
  EXPECT_EQ(line.id, seen_id_);
}

TEST_F(RequestFrameTest, LogsNoBytesForHead) {
  (void)Answered(JsonResponse(Json{{"a", 1}}), {"HEAD", "/", "", {}, "10.0.0.1"});
  EXPECT_EQ(Line().bytes, 0U);
}

TEST_F(RequestFrameTest, LogsPathsCutAtALength) {
  std::string path;
  while (path.size() < 5000) path += "/words";
  (void)Answered({}, {"GET", path, "", {}, "10.0.0.1"});
  EXPECT_EQ(Line().path.size(), AccessLogLine::kMaxPathBytes);
}

TEST_F(RequestFrameTest, LogsTheIdsOfPathsThatARouteHasAlsoWhereItIsRefused) {
  const std::string path = "/api/apikeys/0d4c6f1e-52a7-4a39-9b1c-3f6f8f2a7e11";
  Response refusal = Problem(401, "who is it?");
  (void)Answered(refusal, {"GET", "/elsewhere" + path, "", {}, "10.0.0.1"});
  refusal.route = "/api/apikeys/{id}";
  (void)Answered(refusal, {"GET", path, "", {}, "10.0.0.1"});
  log_.reset();
  ASSERT_EQ(lines_.size(), 2U);
  EXPECT_EQ(lines_[0].path, "/elsewhere/api/apikeys/***") << "it may be a token";
  EXPECT_EQ(lines_[1].path, path);
}

TEST_F(RequestFrameTest, EchoesASaneRequestIdAndMakesOneElse) {
  const std::string longest(64, 'x');
  for (const std::string& id : {std::string("a"), std::string("3f2a-11.b_C"), longest}) {
    const Response response = Answered({}, {"GET", "/", "", {{"x-request-id", id}}, "10.0.0.1"});
    EXPECT_EQ(*response.FindHeader("X-Request-Id"), id);
    EXPECT_EQ(seen_id_, id);
  }
  for (const std::string& id : {std::string(), longest + "x", std::string("a b"), std::string("a\"b"),
                                std::string("a\r\nX: y"), std::string("é"), std::string("a,b")}) {
    const Response response = Answered({}, {"GET", "/", "", {{"X-Request-Id", id}}, "10.0.0.1"});
    EXPECT_EQ(response.FindHeader("X-Request-Id")->size(), 16U) << id;
    EXPECT_NE(*response.FindHeader("X-Request-Id"), id);
  }
  const std::string first = *Answered({}).FindHeader("X-Request-Id");
  EXPECT_NE(*Answered({}).FindHeader("X-Request-Id"), first);
}

TEST_F(RequestFrameTest, AddsWhatBrowsersAsk) {
  cors_ = *Cors::Make({"https://dash.example"}, false);
  const Response response = Answered({}, {"GET", "/", "", {{"Origin", "https://dash.example"}}, "10.0.0.1"});
  EXPECT_EQ(*response.FindHeader("Access-Control-Allow-Origin"), "https://dash.example");
}

TEST(NameProblem, PutsTheIdIntoProblemsOnly) {
  Response problem = Problem(404, "not there");
  NameProblem(problem, "id-1");
  const Json body = Json::parse(problem.body);
  EXPECT_EQ(body.at("requestId"), "id-1");
  EXPECT_EQ(body.at("detail"), "not there");
  Response answer = JsonResponse(Json{{"a", 1}});
  NameProblem(answer, "id-1");
  EXPECT_EQ(answer.body, R"({"a":1})");
  Response packed = Problem(404, "not there");
  packed.headers.push_back({"Content-Encoding", "gzip"});
  const std::string before = packed.body;
  NameProblem(packed, "id-1");
  EXPECT_EQ(packed.body, before);
}

}  // namespace
}  // namespace keymeter::query_api
