#include "query-api/access/access_log.h"

#include <atomic>
#include <future>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/wait_for.h"

namespace keymeter::query_api {
namespace {

/// Of answers of these statuses, the ones that get a line.
std::vector<int> StatusesLogged(AccessLogMode mode) {
  std::vector<int> statuses;
  {
    AccessLog log(mode, [&](const AccessLogLine& line) { statuses.push_back(line.status); });
    for (const int status : {200, 304, 400, 401, 503}) {
      AccessLogLine line;
      line.status = status;
      log.Add(std::move(line));
    }
  }
  return statuses;
}

TEST(AccessLog, WritesAllOrErrorsOrNothing) {
  EXPECT_EQ(StatusesLogged(AccessLogMode::kOff), std::vector<int>());
  EXPECT_EQ(StatusesLogged(AccessLogMode::kErrors), (std::vector<int>{400, 401, 503}));
  EXPECT_EQ(StatusesLogged(AccessLogMode::kOn), (std::vector<int>{200, 304, 400, 401, 503}));
}

TEST(PathForLog, HidesWhatPeopleTypeIntoAPathByMistake) {
  const std::string secret(43, 'A');
  for (const std::string& token : {"km_" + secret, fmt::format("eyJhbGciOiJIUzI1NiJ9.{0}.{0}", secret),
                                   "cr_" + secret, "sk-ant-" + secret, "%6bm_" + secret, "km%5F" + secret,
                                   "token=km_" + secret, "Bearer%20" + secret, "Bearer " + secret})
    for (const bool is_of_a_route : {true, false}) {
      EXPECT_EQ(PathForLog("/api/apikeys/" + token + "/usage", is_of_a_route), "/api/apikeys/***/usage")
          << token;
      EXPECT_EQ(PathForLog("/" + token, is_of_a_route), "/***") << token;
    }
  EXPECT_EQ(PathForLog("/x/" + secret, false), "/x/***") << "a long word of a path that is none of ours";
}

TEST(PathForLog, KeepsIdsAndPaths) {
  for (const char* path : {"/api/apikeys/0b2c8b9e-7a53-4a86-a1d5-9d1d4fcb1a11/usage", "/api/apikeys/km_1",
                           "/", "", "/api/accounts/a%09b", "/api//x/", "/api/apikeys/%zz"})
    EXPECT_EQ(PathForLog(path, true), path);
  EXPECT_EQ(PathForLog("/api/no-such-path", false), "/api/no-such-path");
}

TEST(AccessLog, ShowsNoSecretOfAPath) {
  std::vector<std::string> paths;
  {
    AccessLog log(AccessLogMode::kOn, [&](const AccessLogLine& line) { paths.push_back(line.path); });
    AccessLogLine line;
    line.path = "/api/apikeys/km_" + std::string(43, 'A');
    line.route = "/api/apikeys/{id}";
    log.Add(std::move(line));
  }
  EXPECT_EQ(paths, (std::vector<std::string>{"/api/apikeys/***"}));
}

TEST(AccessLog, WaitsForNobodyAndCountsWhatItDrops) {
  std::promise<void> may_write;
  const auto allowed = may_write.get_future().share();
  std::atomic<std::size_t> lines = 0;
  AccessLog log(AccessLogMode::kOn, [&lines, allowed](const AccessLogLine&) {
    ++lines;
    allowed.wait();
  });
  log.Add({});
  ASSERT_TRUE(keymeter::testing::WaitFor([&] { return lines == 1; })) << "the writer is stuck with it";
  for (std::size_t i = 0; i < AccessLog::kMaxWaiting + 10; ++i) log.Add({});
  PrometheusText writer;
  log.WriteMetrics(writer);
  EXPECT_NE(writer.Text().find("dropped_log_lines_total 10\n"), std::string::npos) << writer.Text();
  may_write.set_value();
  EXPECT_TRUE(keymeter::testing::WaitFor([&] { return lines == AccessLog::kMaxWaiting + 1; }));
}

}  // namespace
}  // namespace keymeter::query_api
