// The binary as users run it, and a generator that writes as an older release: the same by the real clock.

#include <algorithm>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/database_rows.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

class OfAnOldRelay : public ::testing::TestWithParam<const char*> {};

TEST_P(OfAnOldRelay, TheWeekIsReadAndWhatComesNowIsMetered) {
  const TempDir directory;
  RedisServer redis;
  const std::string db = directory.File("keymeter.db");
  std::vector<std::string> load = {"--age",
                                   GetParam(),
                                   "--keys",
                                   "4",
                                   "--accounts",
                                   "3",
                                   "--rps",
                                   "0",
                                   "--history-hours",
                                   "30",
                                   "--history-requests-per-hour",
                                   "4",
                                   "--requests",
                                   "40"};
  const auto report = RunRelayLoad(redis, load);
  const Program program(
      "process", {"--redis", redis.url(), "--db", db, "--utc-offset", "+08:00", "--flush-interval", "100ms"});
  std::string differences = "no file";
  EXPECT_TRUE(WaitFor([&] {
    if (!std::filesystem::exists(db)) return false;
    try {
      differences = Differences(ReportedSums(report), DatabaseRows(db).SumLevel(Level::kHour));
    } catch (const std::runtime_error& not_made_yet) {
      differences = not_made_yet.what();
    }
    return differences.empty();
  })) << differences.substr(0, 500);
}

INSTANTIATE_TEST_SUITE_P(Ages, OfAnOldRelay, ::testing::Values("1.1.62", "1.1.262", "1.1.264"),
                         [](const auto& age) {
                           std::string name = age.param;
                           std::ranges::replace(name, '.', '_');
                           return "v" + name;
                         });

}  // namespace
}  // namespace keymeter::testing
