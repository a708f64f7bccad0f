#include <gtest/gtest.h>

#include "processor/history_import.h"
#include "processor/history_writer.h"
#include "schema/profile.h"
#include "tests/processor/values.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kOffset = 8 * kHourSeconds;

std::int64_t Day(std::string_view date) {
  return *ParseDate(date) - kOffset;
}

/// "day 2026-10-24 to 2026-11-18; month …"
std::string Spans(std::int64_t from, std::int64_t now) {
  std::string text;
  for (const auto& span : HistorySpans(LoadProfile("claude-relay-service")->counters, from, now, kOffset))
    text += fmt::format("{} {} to {}; ", LevelName(span.level), FormatDate(span.first, kOffset),
                        FormatDate(span.last, kOffset));
  return text;
}

constexpr std::int64_t kNow = 1795176000 + 1800;  // 2026-11-20T20:30 at the offset

HistoryVerdict Of(std::int64_t relay, std::int64_t rows, std::int64_t adjusted) {
  return CompareHistory(Usage(relay), {Usage(rows), Usage(adjusted)});
}

}  // namespace

TEST(HistorySpans, OfTheFirstStartAreEveryClosedDayAndMonthThatTheHoursDoNotCover) {
  EXPECT_EQ(Spans(0, kNow), "day 2026-10-19 to 2026-11-14; month 2025-11-01 to 2026-10-01; ");
}

TEST(HistorySpans, OfAnAbsenceThatTheHoursCoverAreNone) {
  EXPECT_EQ(Spans(kNow - 6 * kDaySeconds, kNow), "");
}

TEST(HistorySpans, OfAnAbsenceWhoseHoursMayExpireWhileTheyAreReadAreItsDays) {
  EXPECT_EQ(Spans(kNow - 7 * kDaySeconds, kNow), "day 2026-11-13 to 2026-11-14; ");
}

TEST(HistorySpans, OfNineDaysAreTheDaysOnly) {
  EXPECT_EQ(Spans(kNow - 9 * kDaySeconds, kNow), "day 2026-11-11 to 2026-11-14; ");
}

TEST(HistorySpans, OfFortyDaysAreTheDaysThatAreKeptAndTheMonthsOfTheRest) {
  EXPECT_EQ(Spans(kNow - 40 * kDaySeconds, kNow),
            "day 2026-10-19 to 2026-11-14; month 2026-10-01 to 2026-10-01; ");
}

TEST(HistorySpans, NeverHoldAnOpenMonth) {
  const std::int64_t first_of_december = Day("2026-12-01") + kHourSeconds;
  EXPECT_EQ(Spans(0, first_of_december), "day 2026-10-30 to 2026-11-25; month 2025-12-01 to 2026-10-01; ");
}

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
