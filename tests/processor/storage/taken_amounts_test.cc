#include "processor/storage/taken_amounts.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "processor/metering/minute_windows.h"
#include "processor/storage/window_writer.h"
#include "tests/processor/metering/values.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

constexpr SeriesId kModel = 1;
constexpr SeriesId kOtherModel = 2;
constexpr SeriesId kTotals = 3;

/// One API key with two models and a counter without one; its day and month are over.
class TakenAmountsTest : public ::testing::Test {
 protected:
  TakenAmountsTest() {
    WriteBatch batch;
    batch.new_series = {{kModel, {EntityKind::kApiKey, "k", "m"}},
                        {kOtherModel, {EntityKind::kApiKey, "k", "n"}},
                        {kTotals, {EntityKind::kApiKey, "k", ""}}};
    EXPECT_TRUE(writer_.Write(batch));
    EXPECT_TRUE(writer_.RollUp(Hour(0) + 40 * kDaySeconds));
  }

  /// What the relay's counter holds, found by a return.
  void Read(Level level, std::int64_t bucket, SeriesId series, std::int64_t requests,
            bool is_day_known = true) {
    WriteBatch batch;
    CoarseReading reading{level, bucket, EntityKind::kApiKey, series, Usage(requests)};
    reading.is_of_entity = series == kTotals;
    reading.is_day_known = is_day_known;
    batch.history = {reading};
    batch.history_gap_ms = 1;
    ASSERT_TRUE(writer_.Write(batch));
  }
  void ReadDay(SeriesId series, std::int64_t requests) { Read(Level::kDay, Hour(0), series, requests); }
  void ReadMonth(SeriesId series, std::int64_t requests) { Read(Level::kMonth, month_, series, requests); }
  /// The counter of an hour was listed late.
  void Grow(int hour, SeriesId series, std::int64_t requests) {
    WriteBatch batch;
    batch.growth = {{Level::kHour, Hour(hour), series, Usage(requests)}};
    ASSERT_TRUE(writer_.Write(batch));
  }
  [[nodiscard]] std::string Value(const std::string& sql) const {
    return testing::DatabaseRows(path_).Value(sql);
  }
  /// "m 5, n 2": by model.
  [[nodiscard]] std::string Rows(const std::string& level) const {
    return Value(
        fmt::format("SELECT group_concat(coalesce(model, '') || ' ' || requests, ', ') FROM (SELECT model, "
                    "sum(requests) AS requests FROM api_key_usage_{} GROUP BY 1 ORDER BY 1)",
                    level));
  }
  [[nodiscard]] std::string Untimed() const {
    return Value(
        "SELECT group_concat(level || ' ' || requests, ', ') FROM (SELECT level, sum(requests) AS requests "
        "FROM usage_untimed GROUP BY level HAVING sum(requests) <> 0 ORDER BY level)");
  }

  const std::int64_t month_ = At("00:00:00") / 1000 - 19 * kDaySeconds;
  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  WindowWriter writer_ = WindowWriter::Open(path_).value();
};

TEST_F(TakenAmountsTest, AnHourThatIsFoundAfterItsDayWasInsideIt) {
  ReadDay(kModel, 5);
  EXPECT_EQ(Untimed(), "day 5");
  Grow(3, kModel, 2);
  EXPECT_EQ(Rows("day"), "m 5");
  EXPECT_EQ(Rows("month"), "m 5");
  EXPECT_EQ(Rows("hour"), "m 2");
  EXPECT_EQ(Untimed(), "day 3, hour 2");
}

TEST_F(TakenAmountsTest, WhatTheDayDidNotHoldYetIsFoundByTheNextReading) {
  ReadDay(kModel, 5);
  Grow(3, kModel, 7);
  EXPECT_EQ(Rows("day"), "m 7");
  ReadDay(kModel, 12);
  EXPECT_EQ(Rows("day"), "m 12") << "the day has grown by those seven as well";
}

TEST_F(TakenAmountsTest, ADayThatIsFoundAfterItsMonthWasInsideIt) {
  ReadMonth(kModel, 9);
  ReadDay(kModel, 5);
  Grow(3, kModel, 2);
  EXPECT_EQ(Rows("month"), "m 9");
  EXPECT_EQ(Rows("day"), "m 5");
  EXPECT_EQ(Untimed(), "day 3, hour 2, month 4");
}

TEST_F(TakenAmountsTest, ARowOfNothingStaysWhereAMinuteWaitsForItAndNowhereElse) {
  const std::int64_t today = Hour(0) + 40 * kDaySeconds;  // it has just begun
  const std::int64_t yesterday = today - kDaySeconds;     // of the same month
  ReadDay(kTotals, 8);
  Read(Level::kDay, yesterday, kTotals, 4);
  WriteBatch batch;
  batch.growth = {{Level::kMinute, today, kTotals, Usage(1)}};
  ASSERT_TRUE(writer_.Write(batch));
  ReadDay(kModel, 8);
  Read(Level::kDay, yesterday, kModel, 4);
  EXPECT_EQ(Value("SELECT group_concat(bucket) FROM usage_day WHERE series = 3"), std::to_string(today));
  EXPECT_EQ(Value("SELECT count(*) || ' of ' || sum(requests) FROM usage_month WHERE series = 3"), "1 of 0");
  EXPECT_EQ(Value("SELECT group_concat(requests) FROM api_key_usage_month WHERE model IS NULL"), "1");
}

TEST_F(TakenAmountsTest, AModelThatIsFoundLaterReplacesTheEntitysSum) {
  ReadDay(kTotals, 8);
  EXPECT_EQ(Rows("day"), " 8");
  ReadDay(kModel, 5);
  EXPECT_EQ(Rows("day"), " 3, m 5");
  Grow(3, kOtherModel, 3);
  EXPECT_EQ(Rows("day"), "m 5, n 3") << "nothing is left without a model";
  EXPECT_EQ(Rows("month"), "m 5, n 3");
}

TEST_F(TakenAmountsTest, AnHourWithoutAModelIsAPartOfWhatItsDayHolds) {
  ReadDay(kTotals, 8);
  Read(Level::kHour, Hour(3), kTotals, 2);
  EXPECT_EQ(Untimed(), "day 6, hour 2");
  Grow(3, kModel, 2);
  EXPECT_EQ(Rows("hour"), "m 2") << "it was that model's";
  EXPECT_EQ(Rows("day"), " 6, m 2");
}

/// A batch that SQLite refuses comes back with its old hours merged into their days.
TEST_F(TakenAmountsTest, AnHourThatWasMergedIntoItsDayWasInsideItAllTheSame) {
  ReadDay(kModel, 5);
  MinuteWindows windows;
  windows.Add({Level::kHour, Hour(3)}, kModel, Usage(5));
  windows.Add({Level::kMinute, Hour(3 + 10 * 24)}, kModel, Usage(1));
  windows.Restore(windows.Drain(), 0);
  WriteBatch batch;
  batch.growth = windows.Drain();
  ASSERT_TRUE(writer_.Write(batch));
  EXPECT_EQ(Value("SELECT requests FROM usage_day WHERE bucket = " + std::to_string(Hour(0))), "5");
  EXPECT_EQ(Rows("month"), "m 6");
}

TEST_F(TakenAmountsTest, HoursWithoutAModelAreTakenWhereEverythingElseIsGone) {
  Read(Level::kHour, Hour(3), kTotals, 2, false);
  Read(Level::kHour, Hour(3), kTotals, 2, false);
  EXPECT_EQ(Rows("day"), " 2");
}

TEST_F(TakenAmountsTest, OfAnOpenDayAreNotLookedFor) {
  const std::int64_t tomorrow = Hour(24) + 40 * kDaySeconds;
  WriteBatch batch;
  batch.growth = {{Level::kMinute, tomorrow, kModel, Usage(5)}};
  ASSERT_TRUE(writer_.Write(batch));
  EXPECT_EQ(Value("SELECT count(*) FROM taken"), "0");
}

/// Whatever of this is found, and in whatever order: all hours, days, and months of the relay.
TEST_F(TakenAmountsTest, FoundInAnyOrderCountOnce) {
  for (int seed = 0; seed < 150; ++seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    const auto below = [&](int n) { return static_cast<std::int64_t>(random() % static_cast<unsigned>(n)); };
    ASSERT_TRUE(writer_.database().Execute(
        "DELETE FROM usage_hour; DELETE FROM usage_day; DELETE FROM usage_month; DELETE FROM usage_untimed; "
        "DELETE FROM taken; DELETE FROM adjustment"));
    std::array<std::int64_t, 3> hours{};
    std::vector<std::function<void()>> finds;
    std::int64_t day = 0;
    for (const SeriesId model : {kModel, kOtherModel}) {
      std::int64_t of_model = 0;
      for (int hour = 0; hour < 3; ++hour) {
        const std::int64_t used = below(4);
        hours.at(static_cast<std::size_t>(hour)) += used;
        of_model += used;
        if (used > 0) finds.emplace_back([=, this] { Grow(hour, model, used); });
      }
      of_model += below(4);
      day += of_model;
      finds.emplace_back([=, this] { ReadDay(model, of_model); });
    }
    day += below(4);
    const std::int64_t month = day + below(4);
    finds.emplace_back([=, this] { ReadDay(kTotals, day); });
    finds.emplace_back([=, this] { ReadMonth(kTotals, month); });
    for (int hour = 0; hour < 3; ++hour)
      finds.emplace_back(
          [=, this] { Read(Level::kHour, Hour(hour), kTotals, hours.at(static_cast<std::size_t>(hour))); });
    std::shuffle(finds.begin(), finds.end(), random);
    for (const auto& find : finds) find();
    ReadDay(kTotals, day);  // as the next audit does
    ReadMonth(kTotals, month);
    ASSERT_EQ(Value("SELECT sum(requests) FROM usage_day"), std::to_string(day)) << "seed " << seed;
    ASSERT_EQ(Value("SELECT sum(requests) FROM usage_month"), std::to_string(month)) << "seed " << seed;
    ASSERT_EQ(Value("SELECT (SELECT total(requests) FROM usage_hour) + (SELECT total(requests) FROM "
                    "usage_untimed WHERE level = 'day') = (SELECT total(requests) FROM usage_day)"),
              "1")
        << "seed " << seed;
    ASSERT_EQ(Value("SELECT count(*) FROM usage_untimed WHERE requests < 0"), "0") << "seed " << seed;
    ASSERT_EQ(Value("SELECT count(*) FROM adjustment"), "0") << "seed " << seed;
  }
}

}  // namespace

}  // namespace keymeter::processor
