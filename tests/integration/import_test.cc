// The first start on a relay that has been running for a week.

#include <gtest/gtest.h>

#include "tests/integration/metering.h"
#include "tests/integration/program.h"
#include "tests/support/temp_dir.h"
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
}

}  // namespace
}  // namespace keymeter::testing
