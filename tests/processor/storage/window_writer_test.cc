#include "processor/storage/window_writer.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

using Lines = std::vector<std::string>;

/// Growth of series 1 (API key "k") and 2 (account "a") of model "m"; read back through a connection of its
/// own.
class WindowWriterTest : public ::testing::Test {
 protected:
  WindowWriterTest() {
    WriteBatch batch;
    batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}, {2, {EntityKind::kAccount, "a", "m"}}};
    Write(batch);
  }

  void Write(const WriteBatch& batch) {
    const Status written = writer_.Write(batch);
    ASSERT_TRUE(written) << written.error().message;
  }
  void RollUp(std::string_view until) {
    const Status done = writer_.RollUp(Minute(until));
    ASSERT_TRUE(done) << done.error().message;
  }
  static WriteBatch Grown(Level level, std::int64_t bucket, std::int64_t requests) {
    WriteBatch batch;
    batch.growth.push_back({level, bucket, 1, Usage(requests, requests * 10)});
    return batch;
  }
  void GrowInMinute(std::string_view minute, std::int64_t requests) {
    Write(Grown(Level::kMinute, Minute(minute), requests));
  }
  void GrowInHour(int hour, std::int64_t requests) { Write(Grown(Level::kHour, Hour(hour), requests)); }
  void SetOffset(std::int64_t seconds) {
    WriteBatch batch;
    batch.utc_offset_s = seconds;
    Write(batch);
  }

  /// "2026-11-20T12:00:00Z 5" for each row of API key "k": requests.
  [[nodiscard]] Lines View(std::string_view level) const {
    Lines lines;
    for (const auto& row : Rows().Query(fmt::format(
             "SELECT time, requests, input_tokens FROM api_key_usage_{} ORDER BY bucket", level))) {
      EXPECT_EQ(row.at("requests") + "0", row.at("input_tokens"));
      lines.push_back(row.at("time") + " " + row.at("requests"));
    }
    return lines;
  }
  /// The same of the table behind it, which lacks the minutes that are not rolled up yet: requests only.
  [[nodiscard]] Lines Stored(std::string_view level) const {
    Lines lines;
    for (const auto& row : Rows().Query(fmt::format("SELECT requests FROM usage_{} ORDER BY bucket", level)))
      lines.push_back(row.at("requests"));
    return lines;
  }
  [[nodiscard]] std::string Value(const std::string& sql) const { return Rows().Value(sql); }
  [[nodiscard]] testing::DatabaseRows Rows() const { return testing::DatabaseRows(path_); }

  /// Everything that a flush may change.
  [[nodiscard]] std::vector<std::vector<testing::Row>> Everything() const {
    const testing::DatabaseRows rows = Rows();
    std::vector<std::vector<testing::Row>> everything;
    for (const char* table : {"series", "usage_minute", "usage_hour", "usage_day", "usage_month",
                              "usage_untimed", "reading", "reading_recent", "adjustment", "gap", "coverage",
                              "source_state", "api_key", "account", "account_group", "group_member"})
      everything.push_back(rows.Query(fmt::format("SELECT * FROM {}", table)));
    return everything;
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  WindowWriter writer_ = WindowWriter::Open(path_).value();
};

// ---- Levels

TEST_F(WindowWriterTest, KeepsOneGapThoughARestartCutItInTwoAndAddsWhatItGaveBack) {
  WriteBatch first;
  first.gaps = {{1000, 5000, "restart"}};
  first.recoveries = {{1000, {{{0, 0}, {3, 30}, {0, 0}, {0, 0}}}}};
  Write(first);
  WriteBatch second;
  second.gaps = {{1000, 9000, "disconnected"}, {20'000, 21'000, "clock"}};
  second.recoveries = {{1000, {{{0, 0}, {1, 10}, {2, 20}, {0, 0}}}}};
  Write(second);
  EXPECT_EQ(
      Value("SELECT group_concat(from_ms || ' ' || to_ms || ' ' || reason || ' ' || hour_requests || ' ' || "
            "day_tokens, '; ') FROM gaps"),
      "1000 9000 restart 4 20; 20000 21000 clock 0 0");
}

TEST_F(WindowWriterTest, ShowsAMinuteAtEveryLevelAtOnce) {
  GrowInMinute("12:03", 5);
  EXPECT_EQ(View("minute"), Lines{"2026-11-20T12:03:00Z 5"});
  EXPECT_EQ(View("hour"), Lines{"2026-11-20T12:00:00Z 5"});
  EXPECT_EQ(View("day"), Lines{"2026-11-20T00:00:00Z 5"});
  EXPECT_EQ(View("month"), Lines{"2026-11-01T00:00:00Z 5"});
}

TEST_F(WindowWriterTest, AddsToWhatIsThere) {
  GrowInMinute("12:03", 5);
  GrowInMinute("12:03", 2);
  GrowInMinute("12:04", 1);
  EXPECT_EQ(View("minute"), (Lines{"2026-11-20T12:03:00Z 7", "2026-11-20T12:04:00Z 1"}));
  EXPECT_EQ(View("hour"), Lines{"2026-11-20T12:00:00Z 8"});
}

TEST_F(WindowWriterTest, PutsWhatHasNoMinuteIntoItsHourAndAbove) {
  GrowInHour(12, 5);
  EXPECT_EQ(View("minute"), Lines{});
  EXPECT_EQ(View("hour"), Lines{"2026-11-20T12:00:00Z 5"});
  EXPECT_EQ(View("day"), Lines{"2026-11-20T00:00:00Z 5"});
  EXPECT_EQ(View("month"), Lines{"2026-11-01T00:00:00Z 5"});
  EXPECT_EQ(Value("SELECT level || ' ' || requests FROM api_key_untimed"), "hour 5");
}

TEST_F(WindowWriterTest, PutsWhatHasNoHourIntoItsDayAndAbove) {
  Write(Grown(Level::kDay, Hour(0), 5));
  EXPECT_EQ(View("hour"), Lines{});
  EXPECT_EQ(View("day"), Lines{"2026-11-20T00:00:00Z 5"});
  EXPECT_EQ(View("month"), Lines{"2026-11-01T00:00:00Z 5"});
  EXPECT_EQ(Value("SELECT level || ' ' || requests FROM api_key_untimed"), "day 5");
}

TEST_F(WindowWriterTest, BeginsDaysAndMonthsAtTheSourcesMidnight) {
  SetOffset(8 * kHourSeconds);
  GrowInMinute("15:59", 1);
  GrowInMinute("16:00", 2);
  Write(Grown(Level::kMinute, *ParseRfc3339("2026-11-30T15:59:00Z") / 1000, 4));
  Write(Grown(Level::kHour, *ParseRfc3339("2026-11-30T16:00:00Z") / 1000, 8));
  const Lines days = {"2026-11-19T16:00:00Z 1", "2026-11-20T16:00:00Z 2", "2026-11-29T16:00:00Z 4",
                      "2026-11-30T16:00:00Z 8"};
  const Lines months = {"2026-10-31T16:00:00Z 7", "2026-11-30T16:00:00Z 8"};
  EXPECT_EQ(View("day"), days);
  EXPECT_EQ(View("month"), months);
  const Status rolled_up = writer_.RollUp(*ParseRfc3339("2026-12-01T00:00:00Z") / 1000);
  ASSERT_TRUE(rolled_up) << rolled_up.error().message;
  EXPECT_EQ(View("day"), days);
  EXPECT_EQ(View("month"), months);
  EXPECT_EQ(Stored("day"), (Lines{"1", "2", "4", "8"}));
}

TEST_F(WindowWriterTest, KnowsTheOffsetWestOfGreenwichToo) {
  SetOffset(-3 * kHourSeconds);
  GrowInMinute("02:59", 1);
  GrowInHour(3, 2);
  RollUp("12:00");
  EXPECT_EQ(View("day"), (Lines{"2026-11-19T03:00:00Z 1", "2026-11-20T03:00:00Z 2"}));
}

// ---- Roll-up

TEST_F(WindowWriterTest, RollsMinutesUpOnceHoweverOftenItIsAsked) {
  GrowInMinute("12:03", 5);
  GrowInMinute("12:04", 2);
  EXPECT_EQ(Stored("hour"), Lines{"0"}) << "it waits for its minutes";
  RollUp("12:04");
  EXPECT_EQ(Stored("hour"), Lines{"5"});
  RollUp("12:04");
  RollUp("12:02");
  EXPECT_EQ(Stored("hour"), Lines{"5"});
  RollUp("12:05");
  for (const char* level : {"hour", "day", "month"}) {
    EXPECT_EQ(Stored(level), Lines{"7"}) << level;
  }
  EXPECT_EQ(View("hour"), Lines{"2026-11-20T12:00:00Z 7"});
}

TEST_F(WindowWriterTest, AddsALateMinuteToEveryLevelAtOnce) {
  GrowInMinute("12:03", 5);
  RollUp("12:10");
  GrowInMinute("12:03", 1);
  GrowInMinute("12:09", 1);
  GrowInMinute("12:10", 4);
  EXPECT_EQ(Stored("hour"), Lines{"7"});
  EXPECT_EQ(View("hour"), Lines{"2026-11-20T12:00:00Z 11"});
  RollUp("12:20");
  for (const char* level : {"hour", "day", "month"}) {
    EXPECT_EQ(Stored(level), Lines{"11"}) << level;
  }
}

TEST_F(WindowWriterTest, RemembersOverARestartWhatIsRolledUp) {
  GrowInMinute("12:03", 5);
  RollUp("12:10");
  WindowWriter again = WindowWriter::Open(path_).value();
  EXPECT_EQ(again.rolled_until(), Minute("12:10"));
  ASSERT_TRUE(again.RollUp(Minute("12:10")));
  ASSERT_TRUE(again.Write(Grown(Level::kMinute, Minute("12:03"), 1)));
  ASSERT_TRUE(again.RollUp(Minute("12:20")));
  EXPECT_EQ(Stored("hour"), Lines{"6"});
}

TEST_F(WindowWriterTest, RemembersOverARestartWhereTheDaysBegin) {
  SetOffset(8 * kHourSeconds);
  GrowInMinute("16:00", 5);
  WindowWriter again = WindowWriter::Open(path_).value();
  ASSERT_TRUE(again.RollUp(Minute("17:00")));
  EXPECT_EQ(View("day"), Lines{"2026-11-20T16:00:00Z 5"});
}

TEST_F(WindowWriterTest, LeavesARollUpThatFailedToTheNext) {
  GrowInMinute("12:03", 5);
  ASSERT_TRUE(
      writer_.database().Execute("CREATE TEMP TRIGGER refuse BEFORE UPDATE ON main.usage_month BEGIN SELECT "
                                 "raise(ABORT, 'disk on fire'); END"));
  const Status refused = writer_.RollUp(Minute("12:10"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("disk on fire"), std::string::npos);
  EXPECT_EQ(Stored("hour"), Lines{"0"});
  EXPECT_EQ(View("month"), Lines{"2026-11-01T00:00:00Z 5"});
  ASSERT_TRUE(writer_.database().Execute("DROP TRIGGER refuse"));
  RollUp("12:10");
  EXPECT_EQ(Stored("month"), Lines{"5"});
}

// ---- All or nothing

/// One of everything.
WriteBatch FullBatch() {
  WriteBatch batch;
  batch.new_series = {{3, {EntityKind::kApiKey, "k3", "m"}}};
  batch.growth = {{Level::kMinute, Minute("12:03"), 1, Usage(5, 50)}, {Level::kHour, Hour(11), 2, Usage(6)}};
  batch.readings = {{Hour(12), 1, At("12:03:10"), Usage(5)}};
  batch.adjustments = {{At("12:03:11"), FallReason::kReset, Hour(12), 1, Usage(9)}};
  batch.gaps = {{At("12:01:00"), At("12:02:00"), "restart"}};
  batch.coverage = {{Minute("12:03"), 1000, 7, 8, 9}};
  batch.entities = {{EntityRow::Table::kGroup, "g", false, {{"name", "Group"}}, ""}};
  batch.members = {{"g", {"a"}}};
  batch.profile = "relay";
  batch.profile_uses = {{0, "relay", At("12:00:00")}};
  batch.utc_offset_s = 8 * kHourSeconds;
  batch.covered_until_ms = At("12:03:12");
  batch.heartbeat.started_ms = At("12:00:00");
  batch.heartbeat.flush_ms = At("12:03:13");
  return batch;
}

TEST_F(WindowWriterTest, LeavesTheFileAsItWasWhenAWriteFails) {
  GrowInMinute("12:03", 5);
  const auto before = Everything();
  for (const char* last : {"UPDATE ON main.source_state", "INSERT ON main.reading_recent",
                           "INSERT ON main.coverage", "INSERT ON main.group_member"}) {
    ASSERT_TRUE(writer_.database().Execute(fmt::format(
        "CREATE TEMP TRIGGER refuse BEFORE {} BEGIN SELECT raise(ABORT, 'disk on fire'); END", last)));
    const Status refused = writer_.Write(FullBatch());
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("disk on fire"), std::string::npos);
    EXPECT_EQ(Everything(), before) << last;
    ASSERT_TRUE(writer_.database().Execute("DROP TRIGGER refuse"));
  }
  Write(FullBatch());
  EXPECT_EQ(View("minute"), Lines{"2026-11-20T12:03:00Z 10"});
}

TEST_F(WindowWriterTest, ShowsAtEveryLevelWhatWasRefusedBefore) {
  ASSERT_TRUE(
      writer_.database().Execute("CREATE TEMP TRIGGER refuse BEFORE UPDATE ON main.source_state BEGIN SELECT "
                                 "raise(ABORT, 'full'); END"));
  ASSERT_FALSE(writer_.Write(Grown(Level::kMinute, Minute("12:03"), 5)));
  ASSERT_TRUE(writer_.database().Execute("DROP TRIGGER refuse"));
  GrowInMinute("12:03", 5);
  EXPECT_EQ(View("hour"), Lines{"2026-11-20T12:00:00Z 5"});
  EXPECT_EQ(View("day"), Lines{"2026-11-20T00:00:00Z 5"});
  EXPECT_EQ(View("month"), Lines{"2026-11-01T00:00:00Z 5"});
}

TEST_F(WindowWriterTest, WritesOneOfEverything) {
  Write(FullBatch());
  EXPECT_EQ(Value("SELECT kind || entity || model FROM series WHERE id = 3"), "api_keyk3m");
  EXPECT_EQ(Value("SELECT requests FROM account_usage_hour"), "6");
  EXPECT_EQ(Value("SELECT reason || ' ' || seconds FROM gaps"), "restart 60.0");
  EXPECT_EQ(Value("SELECT reason || ' ' || entity || ' ' || requests FROM adjustments"), "reset k 9");
  EXPECT_EQ(Value("SELECT account_group_name || ' ' || account FROM account_group_members"), "Group a");
  EXPECT_EQ(Value("SELECT profile || ' ' || utc_offset_s || ' ' || covered_until_ms FROM source_state"),
            fmt::format("relay 28800 {}", At("12:03:12")));
  EXPECT_EQ(Value("SELECT last_flush_ms FROM processor_status"), std::to_string(At("12:03:13")));
}

TEST_F(WindowWriterTest, KeepsARowForAnEntityOfWhichOnlyUsageIsKnown) {
  EXPECT_EQ(Value("SELECT count(*) FROM api_keys WHERE api_key = 'k'"), "1");
  EXPECT_EQ(Value("SELECT count(*) FROM accounts WHERE account = 'a'"), "1");
}

// ---- State

TEST_F(WindowWriterTest, CountsAsNewDataWhatAReaderWouldSee) {
  const auto version = [this] { return std::stoi(Value("SELECT data_version FROM source_state")); };
  const int before = version();
  Write({});
  WriteBatch only_state;
  only_state.readings = {{Hour(12), 1, At("12:03:10"), Usage(5)}};
  only_state.covered_until_ms = At("12:03:12");
  Write(only_state);
  EXPECT_EQ(version(), before);
  GrowInMinute("12:03", 1);
  EXPECT_EQ(version(), before + 1);
}

TEST_F(WindowWriterTest, KeepsOffsetAndCoverageWhenABatchKnowsNeither) {
  Write(FullBatch());
  Write({});
  EXPECT_EQ(Value("SELECT utc_offset_s FROM source_state"), "28800");
  EXPECT_EQ(Value("SELECT covered_until_ms FROM source_state"), std::to_string(At("12:03:12")));
}

TEST_F(WindowWriterTest, SettlesReadingsWithTheRollUp) {
  WriteBatch batch;
  batch.readings = {{Hour(12), 1, At("12:03:10"), Usage(5)}};
  Write(batch);
  EXPECT_EQ(Value("SELECT count(*) FROM reading"), "0");
  RollUp("12:05");
  EXPECT_EQ(Value("SELECT group_concat(requests) FROM reading"), "5");
}

TEST_F(WindowWriterTest, ForgetsReadingsOfEarlierHoursThatHaveNotChangedSince) {
  WriteBatch batch;
  batch.readings = {{Hour(3), 1, At("03:30:00"), Usage(1)},
                    {Hour(3), 2, At("09:30:00"), Usage(2)},
                    {Hour(9), 1, At("09:30:00"), Usage(3)}};
  batch.forget_readings_before = Hour(9);
  Write(batch);
  EXPECT_EQ(
      Value(fmt::format("SELECT group_concat(requests) FROM (SELECT requests FROM {} ORDER BY requests)",
                        kLastReadings)),
      "2,3");
}

TEST_F(WindowWriterTest, AddsUpCoverageButNotBeyondAMinute) {
  WriteBatch batch;
  batch.coverage = {{Minute("12:03"), 40'000, 1, 2, 30}};
  Write(batch);
  batch.coverage = {{Minute("12:03"), 20'001, 1, 2, 10}};
  Write(batch);
  EXPECT_EQ(Value("SELECT covered_ms || ' ' || events || ' ' || readings || ' ' || max_delay_ms FROM "
                  "coverage_minute"),
            "60000 2 4 30");
}

TEST_F(WindowWriterTest, KeepsTheLastEventOfAHeartbeatThatKnowsNone) {
  WriteBatch batch;
  batch.heartbeat.last_event_ms = At("12:03:00");
  batch.heartbeat.problem = "not connected yet";
  Write(batch);
  batch.heartbeat.last_event_ms = 0;
  batch.heartbeat.problem = "";
  Write(batch);
  EXPECT_EQ(Value("SELECT last_event_ms || problem FROM processor_status"), std::to_string(At("12:03:00")));
}

// ---- Opening

TEST(WindowWriter, RefusesWhatIsNoKeymeterFile) {
  const testing::TempDir directory;
  const std::string text = directory.File("notes.txt");
  testing::WriteFile(text, std::string(5000, 'x'));
  const auto opened = WindowWriter::Open(text);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt) << opened.error().message;
  EXPECT_EQ(testing::ReadFile(text), std::string(5000, 'x'));
  const auto nowhere = WindowWriter::Open(directory.File("no/such/keymeter.db"));
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().message.find("no/such/keymeter.db"), std::string::npos)
      << nowhere.error().message;
}

}  // namespace

}  // namespace keymeter::processor
