#include "query-api/usage/slots.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

constexpr std::int64_t kOffset = 8 * kHourSeconds;
constexpr std::int64_t kMidnight = 1'795'104'000;  // 2026-11-20T00:00:00+08:00, a Friday
constexpr std::int64_t kNowMs = (kMidnight + 20 * kHourSeconds + 34 * kMinuteSeconds + 30) * 1000;

Result<Slots> Make(std::int64_t start_s, std::int64_t end_s, std::optional<std::int64_t> slot_sec,
                   std::string_view unit = "") {
  return Slots::Make({start_s * 1000, end_s * 1000, slot_sec, unit}, kNowMs, kOffset);
}

TEST(Slots, TheEndsAreSnappedOutward) {
  const auto slots =
      Slots::Make({kMidnight * 1000 + 59'999, kMidnight * 1000 + 60'001, 60, ""}, kNowMs, kOffset);
  ASSERT_TRUE(slots);
  EXPECT_EQ(slots->start(), kMidnight);
  EXPECT_EQ(slots->end(), kMidnight + 120);
  EXPECT_EQ(slots->count(), 2U);
}

TEST(Slots, TheEndIsExclusive) {
  EXPECT_EQ(Make(kMidnight, kMidnight + 3600, 3600)->count(), 1U);
  EXPECT_EQ(Make(kMidnight, kMidnight + 3601, 3600)->count(), 2U);
}

TEST(Slots, DaysBeginAtTheSourcesMidnight) {
  const auto slots = Make(kMidnight + 5, kMidnight + 86400, 86400);
  EXPECT_EQ(slots->start(), kMidnight);
  EXPECT_EQ(slots->level(), Level::kDay);
  EXPECT_EQ(Make(kMidnight + 5, kMidnight + 6, 8 * kHourSeconds)->start(), kMidnight);
}

TEST(Slots, WeeksBeginOnMonday) {
  const auto slots = Make(kMidnight, kMidnight + 1, {}, "week");
  EXPECT_EQ(slots->start(), kMidnight - 4 * kDaySeconds);
  EXPECT_EQ(slots->end(), kMidnight + 3 * kDaySeconds);
  EXPECT_EQ(slots->level(), Level::kDay);
}

TEST(Slots, MonthsAreCalendarMonths) {
  const auto slots = Make(kMidnight - 40 * kDaySeconds, kMidnight, {}, "month");
  ASSERT_EQ(slots->count(), 2U);
  EXPECT_EQ(FormatDate(slots->StartOf(0), kOffset), "2026-10-01");
  EXPECT_EQ(FormatDate(slots->StartOf(1), kOffset), "2026-11-01");
  EXPECT_EQ(FormatDate(slots->end(), kOffset), "2026-12-01");
  EXPECT_EQ(slots->IndexOf(kMidnight), 1U);
  EXPECT_EQ(slots->IndexOf(slots->end()), std::nullopt);
  EXPECT_EQ(slots->level(), Level::kMonth);
}

TEST(Slots, TheLevelIsTheCoarsestThatAnswersExactly) {
  for (const auto& [length, level] :
       {std::pair(60, Level::kMinute), std::pair(5400, Level::kMinute), std::pair(3600, Level::kHour),
        std::pair(7200, Level::kHour), std::pair(86400, Level::kDay), std::pair(172800, Level::kDay)})
    EXPECT_EQ(Make(kMidnight, kMidnight + 86400, length)->level(), level) << length;
}

TEST(Slots, WithoutASpanTheyEndNow) {
  const auto day = Slots::Make({{}, {}, 3600, ""}, kNowMs, kOffset);
  EXPECT_EQ(day->count(), 25U);
  EXPECT_EQ(Slots::Make({{}, {}, 86400, ""}, kNowMs, kOffset)->count(), 31U);
  EXPECT_EQ(Slots::Make({{}, {}, {}, "month"}, kNowMs, kOffset)->count(), 13U);
  EXPECT_EQ(Slots::Make({{}, {}, {}, ""}, kNowMs, kOffset)->StartOf(1) - day->start() > 0, true);
}

TEST(Slots, AStartInTheFutureIsASpanOfItsOwn) {
  const auto slots = Slots::Make({kNowMs + 86'400'000, {}, 3600, ""}, kNowMs, kOffset);
  ASSERT_TRUE(slots);
  EXPECT_EQ(slots->count(), 25U);
}

TEST(Slots, RefusesWhatCannotBeCut) {
  EXPECT_FALSE(Make(kMidnight, kMidnight, 60));
  EXPECT_FALSE(Make(kMidnight + 1, kMidnight, 60));
  EXPECT_FALSE(Make(kMidnight, kMidnight + 60, 61));
  EXPECT_FALSE(Make(kMidnight, kMidnight + 60, 60, "month"));
}

TEST(Slots, TheirNumberIsBounded) {
  EXPECT_TRUE(Make(kMidnight, kMidnight + 60 * Slots::kMaxSlots, 60));
  EXPECT_FALSE(Make(kMidnight, kMidnight + 60 * Slots::kMaxSlots + 1, 60));
  EXPECT_FALSE(Make(0, 60'000'000'000, 60));  // 10^9 slots
  EXPECT_FALSE(Make(kMidnight, kMidnight + 32 * kDaySeconds, 5400));
  EXPECT_TRUE(Make(0, Slots::kLastMs / 1000, 366 * kDaySeconds));
}

}  // namespace
}  // namespace keymeter::query_api
