#include "processor/storage/offset_correction.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "schema/civil_time.h"
#include "tests/processor/metering/values.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

using Lines = std::vector<std::string>;

constexpr std::int64_t kWrong = 5 * kHourSeconds;
constexpr std::int64_t kRight = 8 * kHourSeconds;

/// Growth of one series, stored by the wrong offset. The hours in keys are of 2026-11-20.
class OffsetCorrectionTest : public ::testing::Test {
 protected:
  OffsetCorrectionTest() {
    WriteBatch batch;
    batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}};
    Write(batch);
  }

  void Write(WriteBatch& batch) {
    batch.utc_offset_s = kWrong;
    batch.offset_origin = OffsetOrigin::kInferred;
    const Status written = writer_.Write(batch);
    ASSERT_TRUE(written) << written.error().message;
  }
  void Grow(Level level, std::int64_t bucket, std::int64_t requests) {
    WriteBatch batch;
    batch.growth.push_back({level, bucket, 1, Usage(requests, requests * 10)});
    Write(batch);
  }
  /// As the hour in a key is stored by the offset.
  static std::int64_t Named(int hour, std::int64_t offset) { return Hour(hour) - offset; }
  static std::int64_t NamedDay(int days_ago, std::int64_t offset) {
    return Hour(0) - days_ago * kDaySeconds - offset;
  }
  void Correct() {
    const Status done = CorrectOffset(writer_, kWrong, kRight, OffsetOrigin::kInferred);
    ASSERT_TRUE(done) << done.error().message;
  }
  /// "bucket requests" of the rows, in their order.
  [[nodiscard]] Lines Rows(const std::string& table) const {
    Lines lines;
    for (const auto& row : testing::DatabaseRows(directory_.File("k.db"))
                               .Query("SELECT bucket, requests FROM " + table + " ORDER BY bucket"))
      lines.push_back(row.at("bucket") + " " + row.at("requests"));
    return lines;
  }
  [[nodiscard]] std::string Value(const std::string& sql) const {
    return testing::DatabaseRows(directory_.File("k.db")).Value(sql);
  }
  static std::string Line(std::int64_t bucket, int requests) {
    return fmt::format("{} {}", bucket, requests);
  }

  testing::TempDir directory_;
  WindowWriter writer_ = WindowWriter::Open(directory_.File("k.db")).value();
};

TEST_F(OffsetCorrectionTest, ShowsInTheViewsWhatWasMovedAndWhatComesAfterIt) {
  Grow(Level::kMinute, Hour(5), 3);
  Correct();
  WriteBatch after;
  after.growth.push_back({Level::kMinute, Hour(5) + kMinuteSeconds, 1, Usage(4, 40)});
  ASSERT_TRUE(writer_.Write(after));
  const Lines hours{Line(Hour(5) + kWrong - kRight, 3), Line(Hour(5), 4)};
  Lines sorted = hours;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(Rows("api_key_usage_hour"), sorted);
  EXPECT_EQ(Value("SELECT sum(requests) FROM api_key_usage_day"), "7");
  EXPECT_EQ(Value("SELECT sum(requests) FROM api_key_usage_month"), "7");
  EXPECT_EQ(Value("SELECT group_concat(DISTINCT substr(local_time, 11)) FROM api_key_usage_day"),
            "T00:00:00" + FormatUtcOffset(kRight));
  for (const std::string level : {"hour", "day", "month"})
    EXPECT_EQ(Value("SELECT count(*) FROM _" + level + "_bucket WHERE unixepoch(time) <> bucket " +
                    "OR unixepoch(local_time) <> bucket OR month <> substr(local_time, 1, 7)"),
              "0")
        << level;
}

TEST_F(OffsetCorrectionTest, MovesHoursDaysAndMonthsToWhatTheirKeysName) {
  for (int hour = 0; hour < 24; ++hour) Grow(Level::kHour, Named(hour, kWrong), 1);
  Grow(Level::kDay, NamedDay(3, kWrong), 7);
  Correct();
  Lines hours;
  for (int hour = 0; hour < 24; ++hour) hours.push_back(Line(Named(hour, kRight), 1));
  EXPECT_EQ(Rows("usage_hour"), hours);
  const Lines days{Line(NamedDay(3, kRight), 7), Line(NamedDay(0, kRight), 24)};
  EXPECT_EQ(Rows("usage_day"), days);
  EXPECT_EQ(Value("SELECT requests FROM usage_month"), "31");
  EXPECT_EQ(Value("SELECT month FROM api_key_usage_month"), "2026-11");
  EXPECT_EQ(Value("SELECT group_concat(date) FROM api_key_usage_day"), "2026-11-17,2026-11-20");
  EXPECT_EQ(Value("SELECT count(*) FROM usage_untimed"), "25");
}

TEST_F(OffsetCorrectionTest, LeavesTheTotalWhereItIs) {
  Grow(Level::kTotal, 0, 9);
  Correct();
  EXPECT_EQ(Rows("usage_untimed"), Lines{Line(0, 9)});
}

TEST_F(OffsetCorrectionTest, MinutesBecomeUntimedInTheirHours) {
  Grow(Level::kMinute, Named(19, kWrong) + 59 * kMinuteSeconds, 4);
  Correct();
  EXPECT_EQ(Rows("usage_minute"), Lines{});
  EXPECT_EQ(Rows("usage_hour"), Lines{Line(Named(19, kRight), 4)});
  EXPECT_EQ(Rows("usage_untimed"), Lines{Line(Named(19, kRight), 4)});
}

TEST_F(OffsetCorrectionTest, ReadingsMoveSoNothingCountsTwice) {
  WriteBatch batch;
  batch.readings = {{Named(19, kWrong), 1, 1000, Usage(4, 40)}, {Named(20, kWrong), 1, 1000, Usage(5, 50)}};
  Write(batch);
  Correct();
  EXPECT_EQ(
      Rows("(SELECT bucket, requests FROM reading UNION ALL SELECT bucket, requests FROM reading_recent)"),
      (Lines{Line(Named(19, kRight), 4), Line(Named(20, kRight), 5)}));
}

/// A new table with such a column is moved, or gets its place among those that are not.
TEST_F(OffsetCorrectionTest, MovesEveryTableWithAMomentThatAKeyNames) {
  constexpr std::string_view kTables = R"(
      WITH columns AS (
        SELECT t.name AS holder, c.name, c.type, c."notnull" AND c.dflt_value IS NULL AS is_needed,
          c.name IN ('bucket', 'from_hour', 'valid_from', 'valid_until') AS is_moment
        FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table')
      SELECT holder, group_concat(name) AS columns,
        group_concat(CASE WHEN is_moment THEN {} WHEN name = 'level' THEN '''hour'''
          WHEN name = 'reason' THEN '''reset''' WHEN name = 'found_by' THEN '''audit'''
          WHEN type = 'TEXT' THEN '''x''' ELSE 1 END) AS row,
        group_concat(iif(is_moment, name || ' = {}', NULL), ' AND ') AS moved
      FROM columns
      WHERE (is_moment OR is_needed) AND holder NOT IN (
        'usage_minute',                 -- becomes untimed
        'coverage', 'audit',            -- by our clock
        'bucket_change', 'drift_found') -- are forgotten
      GROUP BY holder HAVING max(is_moment))";
  const auto tables = testing::DatabaseRows(directory_.File("k.db"))
                          .Query(fmt::format(kTables, Named(19, kWrong), Named(19, kRight)));
  EXPECT_GE(tables.size(), 11);
  for (const auto& table : tables) {
    const Status put = writer_.database().Execute(fmt::format(
        "INSERT INTO {} ({}) VALUES ({})", table.at("holder"), table.at("columns"), table.at("row")));
    ASSERT_TRUE(put) << table.at("holder") << ": " << put.error().message;
  }
  Correct();
  for (const auto& table : tables)
    EXPECT_EQ(Value(fmt::format("SELECT count(*) FROM {} WHERE {}", table.at("holder"), table.at("moved"))),
              "1")
        << table.at("holder");
}

/// By the wrong offset that day had ended, and was read while the relay still wrote to it.
TEST_F(OffsetCorrectionTest, WhatWasTakenOfADayThatIsNotOverIsGivenBack) {
  constexpr std::int64_t kTooFarEast = 12 * kHourSeconds;
  WriteBatch batch;
  batch.heartbeat.flush_ms = At("14:00:00");
  batch.utc_offset_s = kTooFarEast;
  batch.growth.push_back({Level::kHour, Named(19, kTooFarEast), 1, Usage(3)});
  for (const auto& [days_ago, requests] : {std::pair{1, 7}, std::pair{0, 5}})
    batch.history.push_back(
        {Level::kDay, NamedDay(days_ago, kTooFarEast), EntityKind::kApiKey, 1, Usage(requests)});
  batch.history_gap_ms = 1;  // no first start: what is found is listed
  ASSERT_TRUE(writer_.Write(batch));
  ASSERT_EQ(Rows("usage_day"), (Lines{Line(NamedDay(1, kTooFarEast), 7), Line(NamedDay(0, kTooFarEast), 5)}));
  ASSERT_TRUE(CorrectOffset(writer_, kTooFarEast, kRight, OffsetOrigin::kInferred));
  EXPECT_EQ(Rows("usage_day"), (Lines{Line(NamedDay(1, kRight), 7), Line(NamedDay(0, kRight), 3)}));
  EXPECT_EQ(Value("SELECT requests FROM usage_month"), "10");
  for (const std::string table : {"usage_untimed WHERE level = 'day'", "taken", "recovered_found"})
    EXPECT_EQ(Rows(table), Lines{Line(NamedDay(1, kRight), 7)}) << table;
}

TEST_F(OffsetCorrectionTest, EverythingIsReadAnewAndReadersSeeTheChange) {
  WriteBatch batch;
  batch.covered_until_ms = 5000;
  batch.history_due_from_ms = -1;
  Write(batch);
  const std::string before = Value("SELECT data_version FROM source_state");
  Correct();
  EXPECT_EQ(Value("SELECT coalesce(covered_until_ms, 'none') || history_due_from_ms FROM source_state"),
            "none0");
  EXPECT_NE(Value("SELECT data_version FROM source_state"), before);
  EXPECT_EQ(Value("SELECT changes_from = data_version FROM source_state"), "1");
  EXPECT_EQ(Value("SELECT utc_offset_s || utc_offset_origin FROM processor_status"), "28800inferred");
  EXPECT_EQ(writer_.utc_offset_s(), kRight);
}

TEST_F(OffsetCorrectionTest, WhereMoneyBeginsMovesWithTheHours) {
  const auto use = [this](int hour, std::int64_t cost_micros) {
    WriteBatch batch;
    Amounts used = Usage(1);
    used[Metric::kCostMicros] = cost_micros;
    batch.growth = {{Level::kHour, Named(hour, kWrong), 1, used}};
    Write(batch);
  };
  use(12, 0);
  Correct();
  EXPECT_EQ(Value("SELECT usage_by FROM source_state"), std::to_string(Named(13, kRight)));
  EXPECT_EQ(Value("SELECT money_by IS NULL AND money_from = 9223372036854775807 FROM source_state"), "1");
  ASSERT_TRUE(CorrectOffset(writer_, kRight, kWrong, OffsetOrigin::kInferred));
  use(15, 5);
  Correct();
  EXPECT_EQ(Value("SELECT money_by FROM source_state"), std::to_string(Named(16, kRight)));
  EXPECT_EQ(Value("SELECT money_from FROM source_state"), std::to_string(Named(16, kRight)));
  EXPECT_EQ(
      Value("SELECT group_concat(cost_usd IS NULL) FROM (SELECT * FROM api_key_usage_hour ORDER BY bucket)"),
      "1,0");
  ASSERT_TRUE(CorrectOffset(writer_, kRight, kWrong, OffsetOrigin::kInferred));
  use(11, 5);
  Correct();
  EXPECT_EQ(Value("SELECT money_from FROM source_state"), "0") << "known from the beginning";
}

TEST_F(OffsetCorrectionTest, ThereAndBackChangesNothing) {
  for (int hour = 0; hour < 24; ++hour) Grow(Level::kHour, Named(hour, kWrong), hour + 1);
  const Lines before = Rows("usage_hour");
  Correct();
  ASSERT_TRUE(CorrectOffset(writer_, kRight, kWrong, OffsetOrigin::kInferred));
  EXPECT_EQ(Rows("usage_hour"), before);
}

}  // namespace

}  // namespace keymeter::processor
