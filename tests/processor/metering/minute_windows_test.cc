#include "processor/metering/minute_windows.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

/// "minute 12:03 #1 5" for each row: requests of series 1. In the order of the tables.
std::vector<std::string> Lined(std::vector<GrowthRow> rows) {
  WriteBatch batch;
  batch.growth = std::move(rows);
  OrderAsTables(batch);
  std::vector<std::string> lines;
  lines.reserve(batch.growth.size());
  for (const GrowthRow& row : batch.growth)
    lines.push_back(fmt::format("{} {} #{} {}", LevelName(row.level),
                                FormatRfc3339(row.bucket * 1000).substr(11, 5), row.series,
                                row.growth[Metric::kRequests]));
  return lines;
}

using Lines = std::vector<std::string>;

TEST(MinuteWindows, AddsUpTheGrowthOfASeriesInABucket) {
  MinuteWindows windows;
  windows.Add({Level::kMinute, Minute("12:03")}, 1, Usage(2));
  windows.Add({Level::kMinute, Minute("12:03")}, 1, Usage(3));
  EXPECT_EQ(windows.size(), 1U);
  EXPECT_EQ(Lined(windows.Drain()), Lines{"minute 12:03 #1 5"});
}

TEST(MinuteWindows, KeepsSeriesBucketsAndLevelsApart) {
  MinuteWindows windows;
  windows.Add({Level::kHour, Minute("12:00")}, 1, Usage(1));
  windows.Add({Level::kMinute, Minute("12:01")}, 2, Usage(2));
  windows.Add({Level::kMinute, Minute("12:01")}, 1, Usage(3));
  windows.Add({Level::kMinute, Minute("12:00")}, 9, Usage(4));
  EXPECT_EQ(Lined(windows.Drain()),
            (Lines{"minute 12:00 #9 4", "minute 12:01 #1 3", "minute 12:01 #2 2", "hour 12:00 #1 1"}));
}

TEST(MinuteWindows, IsEmptyAfterADrain) {
  MinuteWindows windows;
  windows.Add({Level::kMinute, Minute("12:03")}, 1, Usage(2));
  (void)windows.Drain();
  EXPECT_EQ(windows.size(), 0U);
  EXPECT_TRUE(windows.Drain().empty());
}

TEST(MinuteWindows, MergesRowsThatComeBackWithWhatGrewMeanwhile) {
  MinuteWindows windows;
  windows.Add({Level::kMinute, Minute("12:03")}, 1, Usage(2));
  const auto refused = windows.Drain();
  windows.Add({Level::kMinute, Minute("12:03")}, 1, Usage(3));
  windows.Add({Level::kMinute, Minute("12:04")}, 1, Usage(1));
  windows.Restore(refused, 0);
  EXPECT_EQ(Lined(windows.Drain()), (Lines{"minute 12:03 #1 5", "minute 12:04 #1 1"}));
}

TEST(MinuteWindows, LeavesHoursThatTheRelayStillKeepsAsTheyAre) {
  MinuteWindows windows;
  const std::int64_t old = Hour(12) - 7 * kDaySeconds;
  windows.Add({Level::kHour, old}, 1, Usage(5));  // of an import
  windows.Add({Level::kMinute, Minute("12:03")}, 1, Usage(1));
  windows.Restore(windows.Drain(), 0);
  for (const GrowthRow& row : windows.Drain()) {
    EXPECT_NE(row.level, Level::kDay);
    EXPECT_EQ(row.bucket, row.level == Level::kHour ? old : Minute("12:03"));
  }
}

TEST(MinuteWindows, AnOutageOfDaysCostsMemoryBySeriesNotByTime) {
  MinuteWindows windows;
  std::size_t most = 0;
  std::int64_t all = 0;
  constexpr std::int64_t kTenDays = 14'400;  // in which SQLite refuses
  for (std::int64_t minute = 0; minute < kTenDays; ++minute) {
    windows.Add({Level::kMinute, Minute("12:00") + minute * kMinuteSeconds}, 1, Usage(1));
    windows.Restore(windows.Drain(), 0);
    most = std::max(most, windows.size());
  }
  for (const GrowthRow& row : windows.Drain()) all += row.growth[Metric::kRequests];
  EXPECT_EQ(all, kTenDays);
  EXPECT_LE(most, MinuteWindows::kMostMinutes + MinuteWindows::kMostHours + 12);
}

}  // namespace

}  // namespace keymeter::processor
