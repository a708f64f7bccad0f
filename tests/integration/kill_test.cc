// A processor that dies at any moment: nothing is lost, nothing counts twice.

#include <csignal>

#include <gtest/gtest.h>

#include "tests/support/database_rows.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

constexpr int kKills = 5;
constexpr int kRequestsPerSecond = 500;
constexpr int kSeconds = 20;

TEST(Kill, FiveTimesUnderLoadLeavesHoursAndDaysAsTheRelayWroteThem) {
  const TempDir directory;
  const std::string db = directory.File("keymeter.db");
  RedisServer redis;
  const std::string report_file = directory.File("report.json");
  ChildProcess load({RELAY_LOAD_BINARY, "--redis", redis.url(), "--report", report_file, "--rps",
                     std::to_string(kRequestsPerSecond), "--seconds", std::to_string(kSeconds)});

  // Each life ends after a few thousand readings more: in the midst of ticks, flushes and roll-ups. It has
  // flushed once at least: two absences with the same beginning are one gap.
  const auto last_start = [&] {
    return DatabaseRows(db).Value("SELECT coalesce(started_ms, 0) FROM source_state");
  };
  std::string start_before = "0";
  for (int life = 0; life < kKills; ++life) {
    Program program("process", {"--redis", redis.url(), "--db", db, "--flush-interval", "200ms"});
    program.AwaitLine("msg=\"baseline read\"");
    const auto readings = [&] {
      return DatabaseRows(db).Value("SELECT coalesce(sum(readings), 0) FROM coverage_minute");
    };
    const std::int64_t at_start = std::stoll(readings());
    ASSERT_TRUE(WaitFor([&] {
      return last_start() != start_before && (std::stoll(readings()) > at_start + 3000 || !load.IsRunning());
    }));
    program.process().Kill();
    start_before = last_start();
  }
  Program program("process", {"--redis", redis.url(), "--db", db, "--flush-interval", "200ms"});
  ASSERT_EQ(load.Wait(3 * kPatience), 0) << load.StandardError();
  const auto report = nlohmann::json::parse(ReadFile(report_file));
  const UsageSums written = ReportedSums(report);

  const DatabaseRows rows(db);
  for (Level level : {Level::kHour, Level::kDay, Level::kMonth}) {
    std::string differences;
    EXPECT_TRUE(WaitFor([&] { return (differences = Differences(written, rows.SumLevel(level))).empty(); }))
        << LevelName(level) << "\n"
        << differences;
  }
  for (const auto& row : report.at("api_key")) {  // hour by hour, not only in sum
    const std::string value =
        rows.Value("SELECT requests FROM api_key_usage_hour WHERE api_key = '" +
                   row.at("id").get<std::string>() + "' AND model = '" + row.at("model").get<std::string>() +
                   "' AND bucket = " + std::to_string(row.at("hour_start").get<std::int64_t>()));
    EXPECT_EQ(value, std::to_string(row.at("requests").get<std::int64_t>()));
  }
  // The last life may not have written anything yet, when the one before it had read all.
  EXPECT_TRUE(WaitFor([&] {
    return rows.Value("SELECT count(*) FROM gaps WHERE reason = 'restart'") == std::to_string(kKills);
  }));
  EXPECT_EQ(rows.Value("SELECT count(*) FROM adjustments"), "0");
  EXPECT_EQ(rows.Value("SELECT integrity_check FROM pragma_integrity_check"), "ok");
}

TEST(Stop, BySignalKeepsTheLastReadings) {
  const TempDir directory;
  const std::string db = directory.File("keymeter.db");
  RedisServer redis;
  // A flush interval that never comes round: only the stop itself can write.
  Program program("process", {"--redis", redis.url(), "--db", db, "--flush-interval", "60m"});
  program.AwaitLine("msg=\"baseline read\"");
  const auto report = RunRelayLoad(redis, {"--rps", "0", "--requests", "500"});
  program.process().Signal(SIGTERM);
  EXPECT_EQ(program.process().Wait(Milliseconds(5000)), 0) << program.process().StandardError();
  const DatabaseRows rows(db);
  EXPECT_EQ(Differences(ReportedSums(report), rows.SumLevel(Level::kHour)), "");
  EXPECT_EQ(rows.Value("SELECT stopped_ms IS NOT NULL FROM processor_status"), "1");
  EXPECT_EQ(ReadFile(db + "-wal").size(), 0U) << "the WAL was not moved into the file";
}

}  // namespace
}  // namespace keymeter::testing
