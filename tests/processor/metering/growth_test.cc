#include "processor/metering/growth.h"

#include <limits>

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

constexpr ReadingContext kLive{};
constexpr ReadingContext kDeleted{.end = End::kWhole};
constexpr ReadingContext kFieldsEnded{.end = End::kFields};
constexpr ReadingContext kReplaced{.end = End::kReplaced};
constexpr ReadingContext kAway{.was_away = true};

/// "grew 3/30", then " reset 5/50" when it fell: requests / input tokens.
std::string Says(const Verdict& verdict) {
  const auto text = [](const Amounts& amounts) {
    return fmt::format("{}/{}", amounts[Metric::kRequests], amounts[Metric::kInputTokens]);
  };
  std::string says = "grew " + text(verdict.growth);
  if (verdict.fall) says += fmt::format(" {} {}", FallReasonName(*verdict.fall), text(verdict.lost));
  return says;
}

TEST(Compare, TakesTheFirstReadingInFull) {
  EXPECT_EQ(Says(Compare({}, Usage(5, 50), kLive)), "grew 5/50");
}

TEST(Compare, TakesTheDifferenceOfTwoReadings) {
  EXPECT_EQ(Says(Compare(Usage(5, 50), Usage(7, 80), kLive)), "grew 2/30");
  EXPECT_EQ(Says(Compare(Usage(5, 50), Usage(7, 80), kAway)), "grew 2/30");
  EXPECT_EQ(Says(Compare(Usage(5, 50), Usage(5, 50), kLive)), "grew 0/0");
}

TEST(Compare, CallsItAResetWhenTheDeletionWasSeen) {
  EXPECT_EQ(Says(Compare(Usage(5, 50), Usage(2, 20), kDeleted)), "grew 2/20 reset 5/50");
  EXPECT_EQ(Says(Compare(Usage(5, 50), {}, kDeleted)), "grew 0/0 reset 5/50");
}

TEST(Compare, CountsInFullAfterADeletionEvenAValueThatIsHigherThanBefore) {
  EXPECT_EQ(Says(Compare(Usage(5, 50), Usage(9, 90), kDeleted)), "grew 9/90 reset 5/50");
}

TEST(Compare, LosesNothingWhenWhatWasDeletedWasZero) {
  EXPECT_EQ(Says(Compare({}, Usage(2, 20), kDeleted)), "grew 2/20");
}

TEST(Compare, CallsItARollbackWhenWeWereAway) {
  EXPECT_EQ(Says(Compare(Usage(5, 50), Usage(3, 30), kAway)), "grew 0/0 rollback 2/20");
}

TEST(Compare, CallsItACorrectionWhenNothingExplainsTheFall) {
  EXPECT_EQ(Says(Compare(Usage(5, 50), Usage(3, 30), kLive)), "grew 0/0 correction 2/20");
}

TEST(Compare, DecidesForTheHashAsAWhole) {
  // One metric rose while another fell: that is no growth of the first.
  EXPECT_EQ(Says(Compare(Usage(5, 50), Usage(6, 40), kLive)), "grew 0/0 correction -1/10");
}

TEST(Compare, CountsInFullThoseFieldsThatEndedAndTheDifferenceOfTheOthers) {
  EXPECT_EQ(Says(Compare(Usage(5, 50), Usage(2, 60), kFieldsEnded)), "grew 2/10 reset 5/0");
  EXPECT_EQ(Says(Compare(Usage(5, 50), Usage(0, 50), kFieldsEnded)), "grew 0/0 reset 5/0");
  EXPECT_EQ(Says(Compare(Usage(5, 50), Usage(6, 60), kFieldsEnded)), "grew 1/10");
}

TEST(Compare, CountsOfAValueFromElsewhereWhatOurRowsDoNotHold) {
  EXPECT_EQ(Says(Compare(Usage(5, 50), Usage(7, 80), kReplaced)), "grew 2/30");
  EXPECT_EQ(Says(Compare({}, Usage(7, 80), kReplaced)), "grew 7/80");
  EXPECT_EQ(Says(Compare(Usage(5, 50), Usage(3, 80), kReplaced)), "grew 0/0 correction 2/-30");
}

TEST(Compare, CountsNothingTwiceWhenWhatWasLostComesBack) {
  const ReadingContext back{.end = End::kReplaced, .beyond = Usage(10, 100)};
  EXPECT_EQ(Says(Compare({}, Usage(10, 100), back)), "grew 0/0 correction -10/-100");
  EXPECT_EQ(Says(Compare(Usage(3, 30), Usage(10, 100), back)), "grew 0/0 correction -7/-70");
  EXPECT_EQ(Says(Compare(Usage(3, 30), Usage(14, 140), back)), "grew 1/10 correction -10/-100");
}

TEST(Compare, NeverCountsLessThanNothing) {
  for (const ReadingContext& context : {kLive, kDeleted, kAway, kFieldsEnded, kReplaced}) {
    for (const Amounts& before : {Usage(0), Usage(7), Usage(-7)}) {
      const Verdict verdict = Compare(before, Usage(-3, 9), context);
      for (std::int64_t grown : verdict.growth.values) EXPECT_GE(grown, 0) << Says(verdict);
    }
  }
}

TEST(Compare, KeepsOursEqualToTheRelaysPlusWhatItLost) {
  struct Step {
    Amounts relay;
    ReadingContext context;
  };
  const Step steps[] = {
      {Usage(5, 50), kLive},        {Usage(3, 60), kLive},
      {Usage(4, 70), kAway},        {Usage(1, 1), kAway},
      {Usage(9, 9), kDeleted},      {Usage(2, 2), kDeleted},
      {Usage(-4, 7), kDeleted},     {Usage(-6, 7), kLive},
      {Usage(0, 8), kLive},         {{}, kDeleted},
      {Usage(1, 1), kLive},         {Usage(0, 9), kFieldsEnded},
      {Usage(-1, 0), kFieldsEnded}, {Usage(4, 4), kReplaced},
      {Usage(2, 9), kReplaced},     {Usage(90, 400), kReplaced},
  };
  Amounts before;
  Amounts ours;
  Amounts lost;
  for (const Step& step : steps) {
    ReadingContext context = step.context;
    context.beyond = lost;
    const Verdict verdict = Compare(before, step.relay, context);
    ours += verdict.growth;
    if (verdict.fall) lost += verdict.lost;
    Amounts relay_and_lost = step.relay;
    relay_and_lost += lost;
    EXPECT_EQ(ours, relay_and_lost) << Says(verdict);
    before = step.relay;
  }
}

TEST(Compare, DoesNotOverflow) {
  EXPECT_EQ(Says(Compare(Usage(-kHuge), Usage(kHuge), kLive)), fmt::format("grew {}/0", kHuge));
  EXPECT_EQ(Says(Compare(Usage(kHuge), Usage(-kHuge), kLive)),
            fmt::format("grew 0/0 correction {}/0", kHuge));
}

struct PlaceCase {
  const char* what;
  const char* from;
  const char* to;
  int hour;
  bool begins_with_event;
  const char* expected;  ///< "12:03", or "hour"
};

class Placing : public ::testing::TestWithParam<PlaceCase> {};

TEST_P(Placing, PutsGrowthIntoTheFinestBucketThatSurelyHoldsIt) {
  const PlaceCase& c = GetParam();
  const Placement placement = Place({At(c.from), At(c.to), c.begins_with_event}, Hour(c.hour), 0);
  const bool is_hour = std::string_view(c.expected) == "hour";
  EXPECT_EQ(placement.level, is_hour ? Level::kHour : Level::kMinute) << c.what;
  EXPECT_EQ(placement.bucket, is_hour ? Hour(c.hour) : Minute(c.expected)) << c.what;
}

constexpr PlaceCase kPlaces[] = {
    {"within a minute", "12:03:04", "12:03:05", 12, false, "12:03"},
    {"a moment", "12:03:04", "12:03:04", 12, false, "12:03"},
    {"a whole minute", "12:03:00", "12:03:59.999", 12, false, "12:03"},
    {"its end is the next one's start", "12:03:59", "12:04:00", 12, false, "hour"},
    {"across a minute's edge", "12:03:59.9", "12:04:00.1", 12, false, "hour"},
    {"a tick across a minute's edge", "12:03:59.9", "12:04:00.1", 12, true, "12:03"},
    {"a tick of 250 ms", "12:03:59.9", "12:04:00.15", 12, true, "12:03"},
    {"a tick of 251 ms", "12:03:59.9", "12:04:00.151", 12, true, "hour"},
    {"two minutes apart", "12:03:10", "12:05:10", 12, true, "hour"},
    {"an absence within the hour", "12:03:10", "12:50:00", 12, false, "hour"},
    {"the hour's last moment", "12:59:59.999", "12:59:59.999", 12, true, "12:59"},
    {"a tick across the hour's edge", "12:59:59.95", "13:00:00.1", 12, false, "12:59"},
    {"an absence from the last minute on", "12:59:10", "13:30:00", 12, false, "12:59"},
    {"an absence into the first minute", "11:10:00", "12:00:30", 12, false, "12:00"},
    {"an absence around the hour", "11:10:00", "13:30:00", 12, false, "hour"},
    {"a moment late", "13:00:00", "13:00:00", 12, true, "12:59"},
    {"almost ten minutes late", "13:09:59.999", "13:10:00.05", 12, true, "12:59"},
    {"ten minutes late", "13:10:00", "13:10:00", 12, true, "hour"},
    {"ten minutes early", "11:50:00", "11:50:00", 12, true, "12:00"},
    {"more than ten minutes early", "11:49:59.9", "11:49:59.999", 12, true, "hour"},
    {"another hour", "15:03:04", "15:03:05", 12, true, "hour"},
    {"a reversed interval", "12:03:05", "12:03:04", 12, true, "hour"},
};

INSTANTIATE_TEST_SUITE_P(Intervals, Placing, ::testing::ValuesIn(kPlaces));

TEST(Place, TakesAnyIntervalWithoutOverflow) {
  EXPECT_EQ(Place({-kHuge, kHuge}, Hour(12), 0).level, Level::kHour);
  EXPECT_EQ(Place({0, At("12:30:00")}, Hour(12), 0).level, Level::kHour);
  EXPECT_EQ(Place({-kHuge, -kHuge}, Hour(12), 0).level, Level::kHour);
  EXPECT_EQ(Place({kHuge, kHuge}, Hour(12), 0).level, Level::kHour);
  EXPECT_EQ(Place({kHuge, -kHuge}, Hour(12), 0).level, Level::kHour);
}

// ---- Cumulative counters: their keys name no hour

struct ClockCase {
  const char* what;
  const char* from;
  const char* to;
  bool begins_with_event;
  const char* expected;  ///< level and start in UTC
};

class PlacingByTheClock : public ::testing::TestWithParam<ClockCase> {};

TEST_P(PlacingByTheClock, PutsGrowthIntoTheFinestBucketThatSurelyHoldsIt) {
  const ClockCase& c = GetParam();
  const Interval interval{*ParseRfc3339(c.from), *ParseRfc3339(c.to), c.begins_with_event};
  const Placement placement = Place(interval, kNoPeriod, 8 * kHourSeconds);
  EXPECT_EQ(fmt::format("{} {}", LevelName(placement.level), FormatRfc3339(placement.bucket * 1000)),
            c.expected)
      << c.what;
}

constexpr ClockCase kClockPlaces[] = {
    {"a moment", "2026-11-20T12:03:04Z", "2026-11-20T12:03:04Z", true, "minute 2026-11-20T12:03:00Z"},
    {"a tick across midnight", "2026-11-20T15:59:59.9Z", "2026-11-20T16:00:00.1Z", true,
     "minute 2026-11-20T15:59:00Z"},
    {"across midnight", "2026-11-20T15:59:59.9Z", "2026-11-20T16:00:00.1Z", false,
     "month 2026-10-31T16:00:00Z"},
    {"90 s within an hour", "2026-11-20T12:03:04Z", "2026-11-20T12:04:34Z", false,
     "hour 2026-11-20T12:00:00Z"},
    {"across an hour's edge", "2026-11-20T12:59:00Z", "2026-11-20T13:00:00Z", false,
     "day 2026-11-19T16:00:00Z"},
    {"within a day of the source's offset", "2026-11-19T16:00:00Z", "2026-11-20T15:59:59Z", false,
     "day 2026-11-19T16:00:00Z"},
    {"nine days", "2026-11-11T12:00:00Z", "2026-11-20T12:00:00Z", false, "month 2026-10-31T16:00:00Z"},
    {"across the month's end", "2026-11-30T15:00:00Z", "2026-11-30T17:00:00Z", false,
     "total 1970-01-01T00:00:00Z"},
    {"since ever", "1970-01-01T00:00:00Z", "2026-11-20T12:00:00Z", false, "total 1970-01-01T00:00:00Z"},
    {"a reversed interval", "2026-11-20T12:04:34Z", "2026-11-20T12:03:04Z", false,
     "hour 2026-11-20T12:00:00Z"},
};

INSTANTIATE_TEST_SUITE_P(Intervals, PlacingByTheClock, ::testing::ValuesIn(kClockPlaces));

}  // namespace

}  // namespace keymeter::processor
