#include "schema/civil_time.h"

#include <gtest/gtest.h>

namespace keymeter {

namespace {

constexpr std::int64_t kPlus8 = 8 * kHourSeconds;
constexpr std::int64_t kMinus3 = -3 * kHourSeconds;

/// Epoch seconds of an RFC 3339 text.
std::int64_t At(std::string_view text) {
  const auto ms = ParseRfc3339(text);
  EXPECT_TRUE(ms) << text;
  return ms.value_or(0) / 1000;
}

std::string BucketText(Level level, std::string_view moment, std::int64_t offset) {
  return FormatRfc3339(BucketOf(level, At(moment), offset) * 1000);
}

std::string NextText(Level level, std::string_view bucket, std::int64_t offset) {
  return FormatRfc3339(NextBucket(level, At(bucket), offset) * 1000);
}

TEST(BucketOf, CutsMinutesAndHoursInUtc) {
  EXPECT_EQ(BucketText(Level::kMinute, "2026-11-20T12:19:59Z", kPlus8), "2026-11-20T12:19:00Z");
  EXPECT_EQ(BucketText(Level::kHour, "2026-11-20T12:59:59Z", kMinus3), "2026-11-20T12:00:00Z");
}

TEST(BucketOf, CutsDaysAtMidnightOfTheOffset) {
  EXPECT_EQ(BucketText(Level::kDay, "2026-11-20T15:59:59Z", kPlus8), "2026-11-19T16:00:00Z");
  EXPECT_EQ(BucketText(Level::kDay, "2026-11-20T16:00:00Z", kPlus8), "2026-11-20T16:00:00Z");
  EXPECT_EQ(BucketText(Level::kDay, "2026-11-20T02:59:59Z", kMinus3), "2026-11-19T03:00:00Z");
}

TEST(BucketOf, CutsMonthsAtMidnightOfTheOffset) {
  EXPECT_EQ(BucketText(Level::kMonth, "2026-11-30T15:59:59Z", kPlus8), "2026-10-31T16:00:00Z");
  EXPECT_EQ(BucketText(Level::kMonth, "2026-11-30T16:00:00Z", kPlus8), "2026-11-30T16:00:00Z");
  EXPECT_EQ(BucketText(Level::kMonth, "2026-12-01T02:59:59Z", kMinus3), "2026-11-01T03:00:00Z");
}

TEST(BucketOf, IsCorrectBefore1970) {
  EXPECT_EQ(BucketOf(Level::kMinute, -1, 0), -60);
  EXPECT_EQ(BucketOf(Level::kMinute, -60, 0), -60);
  EXPECT_EQ(BucketOf(Level::kHour, -1, 0), -3600);
  EXPECT_EQ(BucketOf(Level::kDay, -1, kPlus8), -kPlus8);
  EXPECT_EQ(BucketText(Level::kMonth, "1969-12-31T23:59:59Z", 0), "1969-12-01T00:00:00Z");
}

TEST(BucketOf, IsTheStartOfItself) {
  for (Level level : {Level::kMinute, Level::kHour, Level::kDay, Level::kMonth}) {
    for (std::int64_t offset : {std::int64_t{0}, kPlus8, kMinus3}) {
      const std::int64_t bucket = BucketOf(level, At("2024-02-29T23:30:01Z"), offset);
      const std::int64_t next = NextBucket(level, bucket, offset);
      EXPECT_EQ(BucketOf(level, bucket, offset), bucket) << LevelName(level) << offset;
      EXPECT_EQ(BucketOf(level, next - 1, offset), bucket) << LevelName(level) << offset;
      EXPECT_EQ(BucketOf(level, next, offset), next) << LevelName(level) << offset;
    }
  }
}

TEST(NextBucket, KnowsHowLongAMonthIs) {
  EXPECT_EQ(NextText(Level::kMonth, "2026-02-01T00:00:00Z", 0), "2026-03-01T00:00:00Z");
  EXPECT_EQ(NextText(Level::kMonth, "2024-02-01T00:00:00Z", 0), "2024-03-01T00:00:00Z");
  EXPECT_EQ(NextText(Level::kMonth, "2026-11-30T16:00:00Z", kPlus8), "2026-12-31T16:00:00Z");
  EXPECT_EQ(NextText(Level::kMonth, "2026-12-01T03:00:00Z", kMinus3), "2027-01-01T03:00:00Z");
}

TEST(LevelName, IsTheNameInSql) {
  EXPECT_EQ(LevelName(Level::kMinute), "minute");
  EXPECT_EQ(LevelName(Level::kMonth), "month");
}

TEST(FormatDate, NamesTheDayOfTheOffset) {
  const std::int64_t moment = At("2026-11-30T16:19:21Z");
  EXPECT_EQ(FormatDate(moment, kPlus8), "2026-12-01");
  EXPECT_EQ(FormatHour(moment, kPlus8), "00");
  EXPECT_EQ(FormatMonth(moment, kPlus8), "2026-12");
  EXPECT_EQ(FormatDate(moment, kMinus3), "2026-11-30");
  EXPECT_EQ(FormatHour(moment, kMinus3), "13");
  EXPECT_EQ(FormatDate(-1, 0), "1969-12-31");
  EXPECT_EQ(FormatHour(-1, 0), "23");
}

TEST(ParseDate, ReadsWhatFormatDateWrites) {
  for (const char* text :
       {"1969-12-31", "1970-01-01", "2000-02-29", "2024-02-29", "2026-11-20", "9999-12-31"}) {
    ASSERT_TRUE(ParseDate(text)) << text;
    EXPECT_EQ(FormatDate(*ParseDate(text), 0), text);
  }
}

TEST(ParseDate, RefusesWhatIsNoDate) {
  for (const char* text :
       {"", "2026-11", "2026-11-2", "2026-11-200", "2026-02-29", "1900-02-29", "2026-00-10", "2026-13-01",
        "2026-11-00", "2026-11-31", "2026/11/20", "+026-11-20", "2026-11- 2", "abcd-ef-gh"})
    EXPECT_FALSE(ParseDate(text)) << text;
}

TEST(ParseHour, TakesTwoDigitsUpTo23) {
  EXPECT_EQ(ParseHour("00"), 0);
  EXPECT_EQ(ParseHour("23"), 23);
  for (const char* text : {"", "7", "24", "-1", "1a", " 1", "007"}) EXPECT_FALSE(ParseHour(text)) << text;
}

TEST(FormatRfc3339, ShowsMillisecondsOnlyWhereThereAreSome) {
  EXPECT_EQ(FormatRfc3339(1795177161000), "2026-11-20T12:19:21Z");
  EXPECT_EQ(FormatRfc3339(1795177161007), "2026-11-20T12:19:21.007Z");
  EXPECT_EQ(FormatRfc3339(-1), "1969-12-31T23:59:59.999Z");
}

TEST(ParseRfc3339, ReadsOffsetsAndFractions) {
  for (const auto& [text, ms] : {
           std::pair{"2026-11-20T12:19:21Z", 1795177161000},
           std::pair{"2026-11-20t12:19:21z", 1795177161000},
           std::pair{"2026-11-20 12:19:21Z", 1795177161000},
           std::pair{"2026-11-20T20:19:21+08:00", 1795177161000},
           std::pair{"2026-11-20T06:49:21-05:30", 1795177161000},
           std::pair{"2026-11-20T12:19:21.1Z", 1795177161100},
           std::pair{"2026-11-20T12:19:21.123Z", 1795177161123},
           std::pair{"2026-11-20T12:19:21.1239999999999999999999Z", 1795177161123},
           std::pair{"2026-11-20T12:19:21.123+00:00", 1795177161123},
           std::pair{"2026-11-20T12:18:60.999Z", 1795177140999},
           std::pair{"1969-12-31T23:59:59.999Z", -1L},
       }) {
    EXPECT_EQ(ParseRfc3339(text), ms) << text;
  }
}

TEST(ParseRfc3339, RefusesWhatIsNone) {
  for (const char* text :
       {"", "2026-11-20", "2026-11-20T12:19:21", "2026-11-20T12:19Z", "2026-11-20T24:00:00Z",
        "2026-11-20T12:60:00Z", "2026-11-20T12:19:61Z", "2026-02-30T12:19:21Z", "2026-11-20T12:19:21.Z",
        "2026-11-20T12:19:21.5", "2026-11-20T12:19:21+8:00", "2026-11-20T12:19:21+0800",
        "2026-11-20T12:19:21+24:00", "2026-11-20T12:19:21+08:60", "2026-11-20T12:19:21Zx",
        "2026-11-20x12:19:21Z", "2026-11-20T12-19-21Z", "1795177161000"})
    EXPECT_FALSE(ParseRfc3339(text)) << text;
}

TEST(ParseUtcOffset, ReadsWholeHours) {
  for (const auto& [text, hours] :
       {std::pair{"Z", 0}, std::pair{"+00:00", 0}, std::pair{"0", 0}, std::pair{"8", 8}, std::pair{"+8", 8},
        std::pair{"+08:00", 8}, std::pair{"-3", -3}, std::pair{"-03:00", -3}, std::pair{"+14:00", 14},
        std::pair{"-12:00", -12}}) {
    const auto offset = ParseUtcOffset(text);
    ASSERT_TRUE(offset) << text;
    EXPECT_EQ(*offset, hours * kHourSeconds) << text;
  }
}

TEST(ParseUtcOffset, NamesWhatItRefuses) {
  for (const char* text : {"", "+", "-", "auto", "+08:30", "+15:00", "-13", "15", "8h", "+8:00", "0800",
                           "+-8", "++8", "--8", "1e1", " 8", "99999999999999999999"}) {
    const auto offset = ParseUtcOffset(text);
    ASSERT_FALSE(offset) << text;
    EXPECT_EQ(offset.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(offset.error().message,
              fmt::format("UTC offset '{}' is not whole hours from -12:00 to +14:00, such as +08:00", text));
  }
}

TEST(FormatUtcOffset, WritesWhatParseUtcOffsetReads) {
  EXPECT_EQ(FormatUtcOffset(kPlus8), "+08:00");
  EXPECT_EQ(FormatUtcOffset(kMinus3), "-03:00");
  EXPECT_EQ(FormatUtcOffset(0), "+00:00");
}

}  // namespace

}  // namespace keymeter
