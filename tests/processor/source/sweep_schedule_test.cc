#include "processor/source/sweep_schedule.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

using EntityScan = SweepSchedule::EntityScan;

constexpr std::int64_t kPollMs = 3000;

class SweepScheduleTest : public ::testing::Test {
 protected:
  /// A sweep at that time that lists all there is, and is read.
  std::optional<std::int64_t> Sweep(SweepSchedule& schedule, std::string_view at, bool is_whole = true) {
    schedule.BeginSweep(At(at), 0, true, 0);
    schedule.OnListed(is_whole);
    return schedule.FinishSweep();
  }
  /// Whether a sweep at that time searches the key space; it does so then.
  bool SearchesAt(std::string_view at) {
    const bool is_thorough = schedule_.BeginSweep(At(at), 0, true, 0).is_thorough;
    if (is_thorough) schedule_.OnSearched();
    schedule_.OnListed(true);
    schedule_.FinishSweep();
    return is_thorough;
  }
  static void Pass(SweepSchedule& schedule, int seconds) {
    for (int i = 0; i < seconds; ++i) schedule.OnSecond();
  }

  /// How many probes a new session makes in so many seconds.
  static int Probes(int seconds, bool is_upgrade, std::int64_t search_cost_ms) {
    SweepSchedule schedule(kPollMs, At("12:10:30"));
    int probes = 0;
    for (int second = 0; second < seconds; ++second) {
      schedule.OnSecond();
      probes += schedule.TakeProbe(is_upgrade, search_cost_ms) ? 1 : 0;
    }
    return probes;
  }

  SweepSchedule schedule_{0, At("12:10:30")};
};

TEST_F(SweepScheduleTest, SweepsOnceAMinuteBehindTheReadsOfTheMinuteThatEnded) {
  EXPECT_TRUE(schedule_.IsSweepDue(At("12:10:31"))) << "the first one of a session comes at once";
  Sweep(schedule_, "12:10:31");
  EXPECT_FALSE(schedule_.IsSweepDue(At("12:10:59")));
  EXPECT_FALSE(schedule_.IsSweepDue(At("12:11:01.9")));
  EXPECT_TRUE(schedule_.IsSweepDue(At("12:11:02")));
}

TEST_F(SweepScheduleTest, SweepsAtEachIntervalWhenItPolls) {
  SweepSchedule polling(kPollMs, At("12:10:30"));
  Sweep(polling, "12:10:31");
  EXPECT_FALSE(polling.IsSweepDue(At("12:10:33.9")));
  EXPECT_TRUE(polling.IsSweepDue(At("12:10:34")));
  EXPECT_TRUE(polling.IsSweepDue(At("12:10:20"))) << "the clock was set back";
}

TEST_F(SweepScheduleTest, HasOneSweepUnderWayAtATime) {
  schedule_.BeginSweep(At("12:11:02"), 0, true, 0);
  EXPECT_TRUE(schedule_.IsSweeping());
  EXPECT_FALSE(schedule_.IsSweepDue(At("12:12:02")));
  EXPECT_EQ(schedule_.FinishSweep(), std::nullopt);
  EXPECT_TRUE(schedule_.IsSweeping()) << "what was read was not all: it is still being listed";
  schedule_.OnListed(true);
  EXPECT_EQ(schedule_.FinishSweep(), At("12:11:02"));
  EXPECT_FALSE(schedule_.IsSweeping());
  EXPECT_TRUE(schedule_.IsSweepDue(At("12:12:02")));
}

TEST_F(SweepScheduleTest, GoesBackToTheLastSweepThatFoundAll) {
  EXPECT_EQ(schedule_.swept_until_ms(), At("12:10:30")) << "the baseline reads what was before";
  EXPECT_EQ(Sweep(schedule_, "12:11:02", false), std::nullopt);
  EXPECT_EQ(schedule_.swept_until_ms(), At("12:10:30"));
  const auto late = schedule_.BeginSweep(At("14:30:02"), 0, true, 0);
  EXPECT_EQ(late.first_hour, Hour(12));
  EXPECT_EQ(late.last_hour, Hour(14));
  schedule_.OnListed(true);
  schedule_.FinishSweep();
  EXPECT_EQ(schedule_.BeginSweep(At("14:31:02"), 0, true, 0).first_hour, Hour(14));
}

TEST_F(SweepScheduleTest, ReadsAnHourUntilTwoMinutesAfterItsEndAndTheNextOneBeforeItBegins) {
  Sweep(schedule_, "12:59:02");
  EXPECT_EQ(schedule_.BeginSweep(At("13:01:02"), 0, true, 0).first_hour, Hour(12));
  schedule_.OnListed(true);
  schedule_.FinishSweep();
  Sweep(schedule_, "13:02:02");
  EXPECT_EQ(schedule_.BeginSweep(At("13:03:02"), 0, true, 0).first_hour, Hour(13));
  EXPECT_EQ(schedule_.BeginSweep(At("13:59:02"), 0, true, 0).last_hour, Hour(14));
}

TEST_F(SweepScheduleTest, LooksAtNoHourThatTheRelayKeepsNoLonger) {
  EXPECT_EQ(schedule_.BeginSweep(At("18:00:02"), Hour(16), true, 0).first_hour, Hour(16));
}

TEST_F(SweepScheduleTest, SearchesTheKeySpaceEveryTenMinutes) {
  EXPECT_FALSE(SearchesAt("12:12:02")) << "the baseline has searched";
  EXPECT_TRUE(SearchesAt("12:20:30"));
  EXPECT_FALSE(SearchesAt("12:21:02"));
  EXPECT_TRUE(SearchesAt("12:20:02")) << "the clock was set back";
}

TEST_F(SweepScheduleTest, SearchesWithEachSweepWhereEventsAreUncertainForATwentiethOfTheTime) {
  EXPECT_TRUE(schedule_.BeginSweep(At("12:10:31"), 0, false, 50).is_thorough);
  EXPECT_FALSE(schedule_.BeginSweep(At("12:10:31"), 0, false, 51).is_thorough);
  EXPECT_TRUE(schedule_.BeginSweep(At("12:20:30"), 0, false, 1'000'000).is_thorough)
      << "in ten minutes at last";
}

TEST_F(SweepScheduleTest, MaySearchEachMinuteWhereSetsLackCountersForAHundredthOfTheTime) {
  EXPECT_FALSE(schedule_.BeginSweep(At("12:10:31"), 0, true, 0).may_search);
  EXPECT_TRUE(schedule_.BeginSweep(At("12:11:02"), 0, true, 300).may_search);
  EXPECT_FALSE(schedule_.BeginSweep(At("12:11:02"), 0, true, 330).may_search);
  schedule_.BeginSweep(At("12:11:02"), 0, true, 300);
  schedule_.OnSearched();
  EXPECT_FALSE(schedule_.BeginSweep(At("12:11:31"), 0, true, 300).may_search);
  EXPECT_TRUE(schedule_.BeginSweep(At("12:12:02"), 0, true, 300).may_search);
}

TEST_F(SweepScheduleTest, ASweepThatNobodyBeganIsNotListed) {
  schedule_.OnListed(true);
  EXPECT_EQ(schedule_.FinishSweep(), std::nullopt);
}

TEST_F(SweepScheduleTest, ProbesEveryFiveSecondsAndForAnUpgradeEachMinute) {
  EXPECT_EQ(Probes(120, false, 0), 24);
  EXPECT_EQ(Probes(120, true, 0), 2);
}

TEST_F(SweepScheduleTest, ProbesForATwentiethOfTheTimeThatASearchTakes) {
  EXPECT_EQ(Probes(120, false, 1500), 4);
  EXPECT_EQ(Probes(1200, false, 3'600'000), 2) << "but every ten minutes";
  EXPECT_EQ(Probes(1200, true, 6000), 10);
}

TEST_F(SweepScheduleTest, ListsWhatRaisesNoEventEveryTenSeconds) {
  Pass(schedule_, 9);
  EXPECT_EQ(schedule_.TakeEntityScan(true, false, true), EntityScan::kNone);
  Pass(schedule_, 1);
  EXPECT_EQ(schedule_.TakeEntityScan(true, false, false), EntityScan::kNone)
      << "something else is being listed";
  EXPECT_EQ(schedule_.TakeEntityScan(true, false, true), EntityScan::kSilent);
  EXPECT_EQ(schedule_.TakeEntityScan(true, false, true), EntityScan::kNone);
}

TEST_F(SweepScheduleTest, ListsAllEntitiesEveryTwentySecondsWhereEventsAreUncertain) {
  Pass(schedule_, 15);
  schedule_.TakeEntityScan(false, true, false);  // the one of the baseline is under way
  Pass(schedule_, 19);
  EXPECT_EQ(schedule_.TakeEntityScan(false, false, true), EntityScan::kSilent);
  Pass(schedule_, 1);
  EXPECT_EQ(schedule_.TakeEntityScan(false, false, true), EntityScan::kAll);
  Pass(schedule_, 9);
  EXPECT_EQ(schedule_.TakeEntityScan(false, false, true), EntityScan::kNone)
      << "all of them includes the silent";
}

}  // namespace

}  // namespace keymeter::processor
