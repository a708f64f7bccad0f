#include "processor/storage/retention_writer.h"

#include <gtest/gtest.h>

#include "processor/storage/window_writer.h"
#include "tests/processor/metering/values.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

using Lines = std::vector<std::string>;

constexpr std::int64_t kDay = 1'795'132'800;  // 2026-11-20T00:00:00Z

/// API key "k" used one request in each of the given minutes; everything is rolled up.
class RetentionWriterTest : public ::testing::Test {
 protected:
  RetentionWriterTest() {
    WriteBatch batch;
    batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}};
    Write(batch);
  }
  void Write(const WriteBatch& batch) {
    const Status written = writer_.Write(batch);
    ASSERT_TRUE(written) << written.error().message;
  }
  void Grow(Level level, std::int64_t bucket, std::int64_t requests = 1) {
    WriteBatch batch;
    batch.growth.push_back({level, bucket, 1, Usage(requests)});
    Write(batch);
  }
  void Advance(const Horizons& horizons) {
    const Status advanced = writer_.retention().Advance(writer_.database(), horizons);
    ASSERT_TRUE(advanced) << advanced.error().message;
  }
  bool RemoveSome() { return writer_.retention().RemoveSome(writer_.database()).value(); }
  void RemoveAll() {
    while (RemoveSome()) continue;
  }
  /// "hour 1795132800 5" for each row.
  [[nodiscard]] Lines Untimed() const {
    Lines lines;
    for (const auto& row : Rows().Query("SELECT level, bucket, requests FROM usage_untimed ORDER BY bucket"))
      lines.push_back(row.at("level") + " " + row.at("bucket") + " " + row.at("requests"));
    return lines;
  }
  [[nodiscard]] std::string Sum(const std::string& level) const {
    return Rows().Value("SELECT coalesce(sum(requests), 0) FROM usage_" + level);
  }
  [[nodiscard]] testing::DatabaseRows Rows() const { return testing::DatabaseRows(path_); }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  WindowWriter writer_ = WindowWriter::Open(path_).value();
};

TEST_F(RetentionWriterTest, RemovesWhatIsBeforeItsHorizonAndNothingElse) {
  for (const std::int64_t hour : {0, 1, 24, 25, 800}) {
    Grow(Level::kMinute, kDay + hour * kHourSeconds);
    Grow(Level::kHour, kDay + hour * kHourSeconds);
  }
  Grow(Level::kDay, kDay);
  Grow(Level::kMonth, kDay - 19 * kDaySeconds);
  ASSERT_TRUE(writer_.RollUp(kDay + 801 * kHourSeconds));
  Advance({.minutes = kDay + 25 * kHourSeconds, .hours = kDay + 24 * kHourSeconds, .days = 0});
  RemoveAll();
  EXPECT_EQ(Sum("minute"), "2");
  EXPECT_EQ(Sum("hour"), "6");
  EXPECT_EQ(Sum("day"), "11");
  EXPECT_EQ(Sum("month"), "12");
  EXPECT_EQ(
      Rows().Value("SELECT group_concat(level, ' ') FROM (SELECT level FROM usage_untimed ORDER BY level)"),
      "day hour hour hour month");
  EXPECT_EQ(writer_.retention().removed(), (std::array<std::int64_t, 3>{3, 4, 0}));
  Advance({.minutes = kDay + 25 * kHourSeconds,
           .hours = kDay + 24 * kHourSeconds,
           .days = kDay + 11 * kDaySeconds});
  RemoveAll();
  EXPECT_EQ(Sum("day"), "2");
  EXPECT_EQ(Sum("month"), "12");
}

TEST_F(RetentionWriterTest, RemovesCoverageWithTheHours) {
  WriteBatch batch;
  for (const std::int64_t minute : {kDay - 60, kDay, kDay + 60})
    batch.coverage.push_back({minute, 60'000, 0, 0, 0});
  Write(batch);
  Advance({.minutes = kDay + kDaySeconds, .hours = kDay});
  RemoveAll();
  EXPECT_EQ(Rows().Value("SELECT count(*) FROM coverage"), "2");
}

TEST_F(RetentionWriterTest, HidesAtOnceWhatItRemovesLittleByLittle) {
  Grow(Level::kHour, Hour(0) - kHourSeconds);
  Grow(Level::kHour, Hour(0));
  Advance({Hour(0), Hour(0), 0});
  EXPECT_EQ(Rows().Value("SELECT group_concat(bucket) FROM api_key_usage_hour"), std::to_string(Hour(0)));
  EXPECT_EQ(Rows().Value("SELECT count(*) FROM api_key_usage_day"), "2");
  Advance({Hour(0), Hour(0), Hour(0)});
  EXPECT_EQ(Rows().Value("SELECT group_concat(bucket) FROM api_key_usage_day"), std::to_string(Hour(0)));
}

TEST_F(RetentionWriterTest, TakesAFewRowsATime) {
  WriteBatch batch;
  for (std::int64_t i = 0; i < RetentionWriter::kRows + 5; ++i)
    batch.growth.push_back({Level::kMinute, kDay + i * kMinuteSeconds, 1, Usage(1)});
  Write(batch);
  ASSERT_TRUE(writer_.RollUp(kDay + 40 * kHourSeconds));
  Advance({.minutes = kDay + 40 * kHourSeconds});
  EXPECT_TRUE(RemoveSome());
  EXPECT_EQ(Sum("minute"), "5");
  EXPECT_TRUE(RemoveSome());
  EXPECT_EQ(Sum("minute"), "0");
  EXPECT_FALSE(RemoveSome());
}

TEST_F(RetentionWriterTest, GoesOnAfterARestart) {
  Grow(Level::kMinute, kDay);
  ASSERT_TRUE(writer_.RollUp(kDay + kHourSeconds));
  Advance({.minutes = kDay + kHourSeconds});
  writer_ = WindowWriter::Open(path_).value();
  EXPECT_EQ(writer_.retention().horizons(), Horizons{.minutes = kDay + kHourSeconds});
  RemoveAll();
  EXPECT_EQ(Sum("minute"), "0");
}

TEST_F(RetentionWriterTest, TellsReadersThatTheDataChanged) {
  const auto version = [this] { return Rows().Value("SELECT data_version FROM source_state"); };
  const std::string before = version();
  Advance({.minutes = kDay});
  EXPECT_NE(version(), before);
}

// ---- What comes later than that

TEST_F(RetentionWriterTest, PutsGrowthOfAMinuteThatIsNotKeptIntoItsHour) {
  ASSERT_TRUE(writer_.RollUp(kDay + kHourSeconds));
  Advance({.minutes = kDay + kHourSeconds});
  Grow(Level::kMinute, kDay + 60, 5);
  EXPECT_EQ(Sum("minute"), "0");
  EXPECT_EQ(Untimed(), Lines{fmt::format("hour {} 5", kDay)});
  for (const char* level : {"hour", "day", "month"}) EXPECT_EQ(Sum(level), "5") << level;
}

TEST_F(RetentionWriterTest, PutsGrowthOfAnHourThatIsNotKeptIntoItsDayOrMonth) {
  ASSERT_TRUE(writer_.RollUp(kDay + 40 * kDaySeconds));
  Advance({.minutes = kDay + 30 * kDaySeconds, .hours = kDay + kDaySeconds, .days = kDay - 19 * kDaySeconds});
  Grow(Level::kHour, kDay + kHourSeconds, 5);
  Grow(Level::kMinute, kDay + kHourSeconds, 2);
  Grow(Level::kMinute, kDay - 30 * kDaySeconds, 1);
  EXPECT_EQ(Untimed(),
            (Lines{fmt::format("month {} 1", kDay - 50 * kDaySeconds), fmt::format("day {} 7", kDay)}));
  EXPECT_EQ(Sum("hour"), "0");
  EXPECT_EQ(Sum("day"), "7");
  EXPECT_EQ(Sum("month"), "8");
}

}  // namespace

}  // namespace keymeter::processor
