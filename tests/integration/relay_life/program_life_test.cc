// The binary as users run it, and a generator that writes as an older release: the same by the real clock.

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/database_rows.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

class OfAnOldRelay : public ::testing::TestWithParam<const char*> {};

TEST_P(OfAnOldRelay, ThePastIsReadAndWhatComesNowIsMetered) {
  const TempDir directory;
  RedisServer redis;
  const std::string db = directory.File("keymeter.db");
  const auto serve = [&](std::vector<std::string> more) {
    std::vector<std::string> load = {"--age", GetParam(), "--keys", "4", "--accounts", "3", "--rps", "0"};
    load.insert(load.end(), more.begin(), more.end());
    return ReportedSums(RunRelayLoad(redis, load));
  };
  UsageSums served = serve({"--history-hours", "30", "--history-requests-per-hour", "4", "--requests", "1"});
  Program program(
      "process", {"--redis", redis.url(), "--db", db, "--utc-offset", "+08:00", "--flush-interval", "100ms"});
  program.AwaitLine("msg=\"baseline read\"");
  const DatabaseRows rows(db);
  const auto expect_hours = [&] {
    std::string differences;
    EXPECT_TRUE(WaitFor([&] {
      differences = Differences(served, rows.SumLevel(Level::kHour));
      return differences.empty();
    })) << differences.substr(0, 500);
  };
  const auto timed = [&] {
    return std::stoi(rows.Value("SELECT coalesce(sum(requests), 0) FROM api_key_usage_minute"));
  };
  expect_hours();
  const int before = timed();  // the one of an hour that begins with this minute, else none
  for (const auto& [id, amounts] : serve({"--requests", "40"})) served[id] += amounts;
  expect_hours();
  EXPECT_EQ(timed(), before + 40);
}

INSTANTIATE_TEST_SUITE_P(Ages, OfAnOldRelay, ::testing::Values("1.1.62", "1.1.262", "1.1.264"),
                         [](const auto& age) {
                           std::string name = age.param;
                           std::ranges::replace(name, '.', '_');
                           return "v" + name;
                         });

}  // namespace
}  // namespace keymeter::testing
