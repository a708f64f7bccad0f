// The first start on a relay that has been running for a week.

#include <csignal>

#include <gtest/gtest.h>

#include "schema/civil_time.h"
#include "tests/integration/metering.h"
#include "tests/support/program.h"
#include "tests/support/relay_history.h"
#include "tests/support/temp_dir.h"
#include "tests/support/terminal_process.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

constexpr std::int64_t kDays = 7;

TEST(Import, SevenDaysOfHoursAreRowsAtOnceAndDaysAndMonthsAreTheirSums) {
  const TempDir directory;
  RedisServer redis;
  const auto report =
      RunRelayLoad(redis, {"--history-hours", std::to_string(kDays * 24 - 1), "--history-only",
                           "--history-requests-per-hour", "20", "--utc-offset", "+08:00"});
  const SystemClock clock;
  const std::string db = directory.File("keymeter.db");
  Metering metering(redis, db, clock);
  metering.AwaitBaseline();
  for (Level level : {Level::kHour, Level::kDay, Level::kMonth})
    EXPECT_EQ(metering.AwaitSums(level, ReportedSums(report)), "") << LevelName(level);

  const DatabaseRows rows(db);
  EXPECT_EQ(rows.Value("SELECT utc_offset_s FROM processor_status"), "28800") << "from an idle relay's keys";
  for (const auto& row : rows.Query("SELECT DISTINCT bucket FROM api_key_usage_hour")) {
    const std::string where = "bucket = " + row.at("bucket");
    UsageSums of_hour = rows.SumView("api_key_usage_hour", where);
    EXPECT_EQ(Differences(OfKind(ReportedSums(report, std::stoll(row.at("bucket"))), "api_key"), of_hour), "")
        << where;
  }
  EXPECT_EQ(
      rows.Value(
          "SELECT count(*) FROM (SELECT date, sum(requests) n FROM api_key_usage_day GROUP BY date) d"
          " JOIN (SELECT date(bucket + 28800, 'unixepoch') date, sum(requests) n FROM api_key_usage_hour"
          " GROUP BY 1) h USING (date) WHERE d.n != h.n"),
      "0");
}

TEST(Import, LiveTrafficMeanwhileIsNotCountedTwice) {
  const TempDir directory;
  RedisServer redis;
  const SystemClock clock;
  Metering metering(redis, directory.File("keymeter.db"), clock, {.utc_offset_s = 8 * kHourSeconds});
  const auto report = RunRelayLoad(redis, {"--history-hours", "24", "--history-requests-per-hour", "50",
                                           "--rps", "0", "--requests", "500"});
  for (Level level : {Level::kHour, Level::kDay, Level::kMonth})
    EXPECT_EQ(metering.AwaitSums(level, ReportedSums(report)), "") << LevelName(level);
  EXPECT_EQ(DatabaseRows(directory.File("keymeter.db")).Value("SELECT count(*) FROM adjustments"), "0");
}

/// A relay of which an import takes long, at 1 % of Redis' time.
class PacedImport : public ::testing::Test {
 protected:
  PacedImport() {
    RedisClient client = redis_.Connect();
    counters_ = history_.Write(client);
  }

  const std::int64_t hour_ = BucketOf(Level::kHour, SystemClock().WallMs() / 1000, 0);
  const RelayHistory history_{.series = 2000, .hours = 20, .newest_hour = hour_, .utc_offset_s = 0};
  TempDir directory_;
  RedisServer redis_;
  std::int64_t counters_ = 0;
};

TEST_F(PacedImport, LiveReadingsDoNotWaitForIt) {
  const ManualClock clock((hour_ + 1800) * 1000);
  const std::string db = directory_.File("keymeter.db");
  Metering metering(redis_, db, clock, {.utc_offset_s = 0, .import_max_load = 0.01});
  ASSERT_TRUE(WaitFor([&] { return metering.metrics().import_read > 0; }));
  redis_.Connect().Must({"HINCRBY",
                         "usage:live:model:hourly:m:" + FormatDate(hour_, 0) + ":" + FormatHour(hour_, 0),
                         "requests", "7"});
  EXPECT_TRUE(WaitFor([&] {
    return DatabaseRows(db).Value("SELECT requests FROM api_key_usage_hour WHERE api_key = 'live'") == "7";
  }));
  EXPECT_LT(metering.metrics().import_read, counters_);
  EXPECT_FALSE(metering.metrics().is_baseline_read);
}

TEST_F(PacedImport, IsABarOnATerminalThatGoesWhenItEnds) {
  TerminalProcess terminal(
      {KEYMETER_BINARY, "process", "--redis", redis_.url(), "--db", directory_.File("keymeter.db"),
       "--probe-listen", "127.0.0.1:0", "--utc-offset", "+00:00", "--import-max-load", "1%"},
      24, 80);
  EXPECT_TRUE(WaitFor([&] { return terminal.Written().find("importing") != std::string::npos; }))
      << terminal.Written();
  terminal.Signal(SIGTERM);
  EXPECT_EQ(terminal.Wait(), 0);
  const std::string& written = terminal.Written();
  EXPECT_NE(written.find("\r\x1b[K", written.rfind("importing")), std::string::npos);
}

}  // namespace
}  // namespace keymeter::testing
