#include "processor/storage/retention.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kEast = 8 * kHourSeconds;

std::int64_t Time(std::string_view text) {
  return ParseRfc3339(text).value() / 1000;
}

TEST(Keep, IsATimeInHoursOrDaysOrForever) {
  EXPECT_EQ(ParseKeep("36h"), 36 * kHourSeconds);
  EXPECT_EQ(ParseKeep("14d"), 14 * kDaySeconds);
  EXPECT_EQ(ParseKeep("forever"), Retention::kForever);
}

TEST(Keep, IsNothingElse) {
  for (const char* text : {"", "d", "14", "14m", "-1d", "0d", "1.5d", "14 d", "never",
                           "99999999999999999999d", "36501d", "forever!"})
    EXPECT_FALSE(ParseKeep(text)) << text;
}

TEST(Horizons, EndOnTheStartOfTheNextCoarserBucket) {
  const std::int64_t now = Time("2026-11-20T12:34:30Z");
  const Horizons found =
      HorizonsAt(now, {14 * kDaySeconds, 60 * kDaySeconds, 400 * kDaySeconds}, {}, now, kEast);
  EXPECT_EQ(found.minutes, Time("2026-11-06T12:00:00Z"));
  EXPECT_EQ(found.hours, Time("2026-09-20T16:00:00Z")) << "2026-09-21 in the source's offset";
  EXPECT_EQ(found.days, Time("2025-09-30T16:00:00Z")) << "2025-10 in the source's offset";
}

TEST(Horizons, StayWhereTheyAreForWhatIsKeptForEver) {
  const Retention forever{Retention::kForever, Retention::kForever, Retention::kForever};
  EXPECT_EQ(HorizonsAt(Hour(12), forever, {}, Hour(12), 0), Horizons());
  EXPECT_EQ(HorizonsAt(Hour(12), forever, {60, 60, 60}, Hour(12), 0), (Horizons{60, 60, 60}));
}

TEST(Horizons, NeverStepBack) {
  const Horizons before = HorizonsAt(Hour(12), {2 * kHourSeconds, 8 * kDaySeconds}, {}, Hour(12), 0);
  EXPECT_EQ(HorizonsAt(Hour(12), {}, before, Hour(12), 0), before) << "longer from now on";
  EXPECT_EQ(HorizonsAt(Hour(3), {2 * kHourSeconds, 8 * kDaySeconds}, before, Hour(3), 0), before)
      << "the clock";
}

TEST(Horizons, StopAtTheBucketsThatMayStillGetMinutes) {
  const std::int64_t rolled_until = Time("2026-03-15T10:20:00Z");
  const Horizons found =
      HorizonsAt(Hour(12), {2 * kHourSeconds, 8 * kDaySeconds, 8 * kDaySeconds}, {}, rolled_until, 0);
  EXPECT_EQ(found.minutes, Time("2026-03-15T10:00:00Z"));
  EXPECT_EQ(found.hours, Time("2026-03-15T00:00:00Z"));
  EXPECT_EQ(found.days, Time("2026-03-01T00:00:00Z"));
}

}  // namespace

}  // namespace keymeter::processor
