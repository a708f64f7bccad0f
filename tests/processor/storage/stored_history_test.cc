#include "processor/storage/stored_history.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

CoarseReading Day(const Amounts& values) {
  return {Level::kDay, Hour(0), EntityKind::kApiKey, 1, values};
}

HistoryVerdict Of(std::int64_t relay, std::int64_t rows, std::int64_t adjusted,
                  Watch watch = Watch::kAbsent) {
  return CompareHistory(Day(Usage(relay)), {.rows = Usage(rows), .adjusted = Usage(adjusted)}, watch);
}

HistoryVerdict Of(const CoarseReading& reading, const StoredHistory::Ours& ours) {
  return CompareHistory(reading, ours, Watch::kMetered);
}

}  // namespace

TEST(History, BeyondOurRowsIsGrowth) {
  EXPECT_EQ(Of(12, 7, 0).growth, Usage(5));
  EXPECT_TRUE(Of(7, 7, 0).growth.IsZero()) << "once is enough";
}

TEST(History, OfAHashThatWasResetCountsWhatItGrewSince) {
  EXPECT_EQ(Of(10, 12, 5).growth, Usage(3)) << "12 were ours, of which 5 were reset: 7, and 3 more";
}

TEST(History, WhereAnAdjustmentMayNotHaveHappenedToItCountsNothingTwice) {
  EXPECT_TRUE(Of(12, 12, 5).growth.IsZero()) << "its hour was corrected by 5, the day was not";
}

TEST(History, ThatFellIsLost) {
  EXPECT_EQ(Of(4, 7, 0).lost, Usage(3));
  EXPECT_TRUE(Of(4, 7, 3).lost.IsZero()) << "and is so once";
}

TEST(History, OfWhatWasMeteredIsExplainedByAnyPartOfItsAdjustments) {
  EXPECT_TRUE(Of(10, 12, 5, Watch::kMetered).growth.IsZero()) << "some of them happened to the day as well";
  EXPECT_TRUE(Of(10, 12, 5, Watch::kMetered).lost.IsZero());
  EXPECT_EQ(Of(13, 12, 5, Watch::kMetered).growth, Usage(1));
}

TEST(History, IsDecidedForTheWholeHash) {
  EXPECT_TRUE(Of(Day(Usage(3, 90)), {.rows = Usage(5, 50)}).growth.IsZero())
      << "it was reset: its tokens are new ones, of which nobody knows how many are ours";
}

TEST(History, TakesFieldsThatTheFinerCountersLackAndSaysSo) {
  const HistoryVerdict verdict = Of(Day(Usage(5, 50)), {.rows = Usage(5)});
  EXPECT_EQ(verdict.growth, Usage(0, 50));
  EXPECT_TRUE(verdict.is_missing_fields_only);
  EXPECT_FALSE(Of(Day(Usage(6, 50)), {.rows = Usage(5)}).is_missing_fields_only);
  EXPECT_FALSE(Of(Day(Usage(6, 50)), {}).is_missing_fields_only);
}

TEST(History, OfAFieldThatTheHashLacksIsNoDifference) {
  CoarseReading day = Day(Usage(5));
  day.carried = CoarseReading::MetricBit(Metric::kRequests);
  const HistoryVerdict verdict = Of(day, {.rows = Usage(5, 50)});
  EXPECT_TRUE(verdict.growth.IsZero());
  EXPECT_TRUE(verdict.lost.IsZero());
}

TEST(History, ByModelIsWhatTheEntitysOwnCounterCannotHaveGiven) {
  const HistoryVerdict verdict = Of(Day(Usage(5, 50)), {.beside = Usage(3)});
  EXPECT_EQ(verdict.growth, Usage(2, 50));
  EXPECT_TRUE(verdict.is_left_out);
  EXPECT_TRUE(Of(Day(Usage(5)), {.beside = Usage(7)}).growth.IsZero());
  EXPECT_FALSE(Of(Day(Usage(5)), {.rows = Usage(5), .beside = Usage(3)}).is_left_out);
}

TEST(History, OfAnEntityIsWhatItHoldsBeyondItsModels) {
  CoarseReading day = Day(Usage(7));
  day.is_of_entity = true;
  EXPECT_EQ(Of(day, {.rows = Usage(5), .beside = Usage(5)}).growth, Usage(2));
  day.values = Usage(4);
  EXPECT_TRUE(Of(day, {.rows = Usage(5), .beside = Usage(5)}).is_left_out) << "no fall of the models";
  EXPECT_EQ(Of(day, {.rows = Usage(5)}).lost, Usage(1)) << "nothing but this counter: it fell";
}

TEST(History, OfAnEntitysHourIsTakenFromItsDayOrWhereNothingFinerIs) {
  CoarseReading hour = Day(Usage(3));
  hour.level = Level::kHour;
  hour.is_of_entity = hour.is_day_known = true;
  EXPECT_EQ(Of(hour, {.day_rest = Usage(4)}).growth, Usage(3));
  EXPECT_TRUE(Of(hour, {}).growth.IsZero()) << "the day holds no more than its models";
  hour.is_day_known = false;
  EXPECT_EQ(Of(hour, {}).growth, Usage(3));
  EXPECT_TRUE(Of(hour, {.day_rest_by_model = Usage(9)}).is_left_out) << "a model's day may hold it";
  EXPECT_TRUE(Of(hour, {.rows = Usage(1)}).is_left_out) << "a model has a part of the hour";
}

TEST(Drift, IsWhatNoAdjustmentExplains) {
  EXPECT_FALSE(IsDrift(7, 7, 0));
  EXPECT_TRUE(IsDrift(7, 8, 0));
  EXPECT_TRUE(IsDrift(8, 7, 0));
  EXPECT_FALSE(IsDrift(7, 12, 5));
  EXPECT_FALSE(IsDrift(12, 12, 5)) << "the hour was corrected, the day was not";
  EXPECT_TRUE(IsDrift(6, 12, 5));
  EXPECT_TRUE(IsDrift(13, 12, 5));
}

}  // namespace keymeter::processor
