#include "query-api/access/access_log.h"

#include <atomic>
#include <future>

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
