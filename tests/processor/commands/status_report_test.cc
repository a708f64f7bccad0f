#include "processor/commands/status_report.h"

#include <gtest/gtest.h>

#include "schema/clock.h"
#include "schema/migrations.h"
#include "schema/sqlite.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {
namespace {

using testing::TempDir;
using State = StatusReport::State;

constexpr std::int64_t kNowMs = 1'795'178'070'000;  // 2026-11-20T12:34:30Z
constexpr std::int64_t kMinute = kNowMs / 60'000 * 60;

/// A file in which the test writes what a processor would have.
class StatusReportTest : public ::testing::Test {
 protected:
  StatusReportTest() : database_(*Database::Open(directory_.File("k.db"), Database::Mode::kReadWrite)) {
    EXPECT_TRUE(Migrate(database_));
  }

  void Sql(const std::string& statements) {
    const Status done = database_.Execute(statements);
    ASSERT_TRUE(done) << done.error().message;
  }
  void Heartbeat(std::int64_t flush_ms, const std::string& assignments = "") {
    Sql(fmt::format(
        "UPDATE source_state SET version = '0.1.0', pid = 4711, started_ms = {}, connected = 1, "
        "baseline_read "
        "= 1, redis_version = '7.0.15', last_event_ms = {}, last_flush_ms = {}, flush_interval_ms = 1000, "
        "lag_ms = 12, problem = ''",
        kNowMs - 3'600'000, kNowMs - 2000, flush_ms));
    if (!assignments.empty()) Sql("UPDATE source_state SET " + assignments);
  }
  [[nodiscard]] StatusReport Read(std::int64_t now_ms = kNowMs) const {
    auto report = ReadStatus(directory_.File("k.db"), now_ms);
    EXPECT_TRUE(report) << report.error().message;
    return report ? std::move(*report) : StatusReport();
  }

  const TempDir directory_;
  Database database_;
};

TEST_F(StatusReportTest, SaysThatNobodyHasWrittenTheFile) {
  const StatusReport report = Read();
  EXPECT_EQ(report.state, State::kNever);
  EXPECT_EQ(report.problems, std::vector<std::string>{"no processor has written this file"});
  EXPECT_FALSE(report.coverage);
}

TEST_F(StatusReportTest, HasWhatTheHeartbeatSays) {
  Heartbeat(kNowMs - 500);
  Sql("UPDATE source_state SET profile = 'p', utc_offset_s = 28800");
  const StatusReport report = Read();
  EXPECT_EQ(report.state, State::kRunning);
  EXPECT_TRUE(report.problems.empty());
  EXPECT_EQ(report.pid, 4711);
  EXPECT_EQ(report.started_ms, kNowMs - 3'600'000);
  EXPECT_EQ(report.last_event_ms, kNowMs - 2000);
  EXPECT_EQ(report.health.last_flush_ms, kNowMs - 500);
  EXPECT_EQ(report.health.lag_ms, 12);
  EXPECT_EQ(report.version, "0.1.0");
  EXPECT_EQ(report.redis_version, "7.0.15");
  EXPECT_EQ(report.profile, "p");
  EXPECT_EQ(report.utc_offset_s, 28'800);
  EXPECT_GT(report.wal_bytes + report.file_bytes, 0);
}

TEST_F(StatusReportTest, TellsStoppedFromSilent) {
  Heartbeat(kNowMs - 60'000);
  EXPECT_EQ(Read().state, State::kSilent);
  EXPECT_EQ(Read().problems, std::vector<std::string>{"last flush 60 s ago"});
  Sql(fmt::format("UPDATE source_state SET connected = 0, stopped_ms = {}", kNowMs - 60'000));
  EXPECT_EQ(Read().state, State::kStopped);
  EXPECT_EQ(Read().problems, std::vector<std::string>{"processor stopped 60 s ago"});
}

TEST_F(StatusReportTest, CountsGapsAndAdjustmentsOfTheLastDayOnly) {
  constexpr std::int64_t kDayMs = 86'400'000;
  Sql(fmt::format(
      "INSERT INTO gap (from_ms, to_ms, reason) VALUES ({}, {}, 'older'), ({}, {}, 'over its edge'), "
      "({}, {}, 'restart')",
      kNowMs - 2 * kDayMs, kNowMs - kDayMs, kNowMs - kDayMs - 5000, kNowMs - kDayMs + 2000, kNowMs - 90'000,
      kNowMs - 60'000));
  Sql(
      fmt::format("INSERT INTO series VALUES (1, 'api_key', 'k', 'm'); INSERT INTO adjustment VALUES "
                  "(1, {}, 'rollback', 'hour', 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0), "
                  "(2, {}, 'reset', 'hour', 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0)",
                  kNowMs - kDayMs, kNowMs - 1000));
  const StatusReport report = Read();
  EXPECT_EQ(report.gaps.count, 2);
  EXPECT_EQ(report.gaps.total_ms, 32'000);
  EXPECT_EQ(report.gaps.newest_reason, "restart");
  EXPECT_EQ(report.gaps.newest_from_ms, kNowMs - 90'000);
  EXPECT_EQ(report.adjustments.count, 1);
  EXPECT_EQ(report.adjustments.newest_reason, "reset");
}

TEST_F(StatusReportTest, CoversTheMinutesBetweenTheFirstAndTheRunningOne) {
  const auto add = [this](std::int64_t minutes_ago, int covered_ms) {
    Sql(fmt::format("INSERT INTO coverage VALUES ({}, {}, 1, 1, {})", kMinute - minutes_ago * 60, covered_ms,
                    10 * minutes_ago));
  };
  add(0, 30'000);
  EXPECT_FALSE(Read().coverage);
  add(5, 1000);  // when it began; a minute is missing, and one is half
  add(4, 60'000);
  add(2, 30'000);
  add(1, 60'000);
  EXPECT_DOUBLE_EQ(Read().coverage.value_or(0), 150.0 / 240);
  EXPECT_EQ(Read().longest_delay_ms, 40);
  // A file that is older than a day: what is missing at the day's begin counts too.
  add(4320, 60'000);
  EXPECT_DOUBLE_EQ(Read().coverage.value_or(0), 151.0 / 86'400);
}

TEST_F(StatusReportTest, ListsTheBusiestFiveKeys) {
  const std::int64_t now_ms = SystemClock().WallMs();  // the view's rates are of SQLite's clock
  for (int key = 0; key < 7; ++key) {
    Sql(fmt::format(
        "INSERT INTO series VALUES ({0}, 'api_key', 'id-{0}', 'm'), ({1}, 'account', 'id-{0}', 'm')", key,
        key + 100));
    for (const int series : {key, key + 100})
      Sql(fmt::format("INSERT INTO usage_minute VALUES ({}, {}, {}, 10, 0, 0, 0, 0, 0, 0, 0)",
                      now_ms / 60'000 * 60, series, 10 * key));
  }
  Sql("INSERT INTO api_key (id, name) VALUES ('id-6', 'the busiest')");
  const StatusReport report = Read(now_ms);
  ASSERT_EQ(report.busiest.size(), 5U);
  EXPECT_EQ(report.busiest[0].name, "the busiest");
  EXPECT_EQ(report.busiest[4].api_key, "id-2");
  // Between this minute's begin and its end they weigh the same; a test that falls on the edge sees less.
  EXPECT_LE(report.rpm, 210);
  EXPECT_GT(report.rpm, 0);
  EXPECT_LT(report.busiest[4].rpm, report.busiest[0].rpm);
}

TEST(StatusReportOfNoFile, NamesIt) {
  const TempDir directory;
  const auto report = ReadStatus(directory.File("missing.db"), kNowMs);
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("missing.db"), std::string::npos);
}

}  // namespace
}  // namespace keymeter::processor
