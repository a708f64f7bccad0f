// What a meter knows after an absence, a restart or a step of the clock.

#include <gtest/gtest.h>

#include "processor/metering/meter.h"
#include "tests/processor/metering/meter_fixture.h"

namespace keymeter::processor {

namespace {

TEST_F(MeterTest, KeepsTheMinuteOverARestartWithinIt) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 3);
  meter_.CoverUntil(At("12:30:12"));
  WriteBatch written;
  meter_.Drain(written);
  Restart(written);
  meter_.BeginSession(At("12:30:40"));
  Read("12:30:41", 5);
  Read("12:30:41", 2, "new");
  EXPECT_EQ(Growth(), (Lines{"minute 12:30 k 2", "minute 12:30 new 2"}));
}

TEST_F(MeterTest, CannotTimeWhatGrewDuringARestartAcrossAMinute) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 3);
  meter_.CoverUntil(At("12:30:12"));
  WriteBatch written;
  meter_.Drain(written);
  Restart(written);
  meter_.BeginSession(At("12:31:05"));
  Read("12:31:06", 5);
  EXPECT_EQ(Growth(), Lines{"hour 12:00 k 2"});
}

TEST_F(MeterTest, CountsNothingTwiceAfterARestart) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 3);
  WriteBatch written;
  meter_.Drain(written);
  Event("12:30:20");
  Read("12:30:20.1", 5);  // never written: the process is killed
  Restart(written);
  meter_.BeginSession(At("12:31:05"));
  Read("12:31:06", 5);
  const Flushed flushed = Flush();
  EXPECT_EQ(flushed.growth, Lines{"hour 12:00 k 2"});
  EXPECT_EQ(flushed.series, Lines{});
}

TEST_F(MeterTest, RecordsTheAbsenceAsAGap) {
  BeginFresh("12:30:00");
  meter_.CoverUntil(At("12:30:12"));
  meter_.EndSession(At("12:30:13"));
  meter_.BeginSession(At("12:30:40"));
  const WriteBatch written = [this] {
    WriteBatch batch;
    meter_.Drain(batch);
    return batch;
  }();
  EXPECT_EQ(Lined(written).gaps, Lines{"disconnected 12:30:12Z to 12:30:40Z"});
  Restart(written);
  meter_.BeginSession(At("12:50:00"));
  EXPECT_EQ(Flush().gaps, Lines{"restart 12:30:12Z to 12:50:00Z"});
}

TEST_F(MeterTest, HasNoGapBeforeTheFirstSession) {
  BeginFresh("12:30:00");
  EXPECT_EQ(Flush().gaps, Lines{});
}

TEST_F(MeterTest, MovesCoveredUntilOnlyOnceTheBaselineIsRead) {
  meter_.BeginSession(At("12:30:00"));
  meter_.CoverUntil(At("12:30:05"));
  EXPECT_EQ(Flush().covered_until_ms, 0);
  meter_.CompleteBaseline();
  meter_.CoverUntil(At("12:30:06"));
  meter_.CoverUntil(At("12:30:04"));
  EXPECT_EQ(Flush().covered_until_ms, At("12:30:06"));
}

TEST_F(MeterTest, NeedsANewBaselineInEverySession) {
  BeginFresh("12:30:00");
  meter_.CoverUntil(At("12:30:10"));
  meter_.EndSession(At("12:30:11"));
  EXPECT_FALSE(meter_.is_baseline_read());
  meter_.BeginSession(At("12:34:00"));
  Event("12:34:20", "new");
  Read("12:34:20.1", 4, "new");
  EXPECT_EQ(Growth(), Lines{"hour 12:00 new 4"});
}

TEST_F(MeterTest, StillReadsWhatASessionThatEndedHadAnnounced) {
  BeginFresh("12:30:00");
  Event("12:30:10", "k", 3);  // of an hour that no return reads again
  const CounterRead lost = Ask("12:30:10.1", "k", 3);
  meter_.EndSession(At("12:30:11"));
  EXPECT_EQ(meter_.TakeDirty(9), std::vector<CounterIndex>{lost.index});
}

TEST_F(MeterTest, RemembersADeletionOverTheEndOfASession) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 10);
  Delete("12:30:20");
  meter_.EndSession(At("12:30:21"));
  BeginFresh("12:30:40");
  Read("12:30:41", 3);
  const Flushed flushed = Flush();
  EXPECT_EQ(flushed.adjustments, Lines{"reset k 10 at 12:30:41.005Z"});
  EXPECT_EQ(flushed.growth, Lines{"minute 12:30 k 13"});
}

TEST_F(MeterTest, TimesWhatASweepCaughtJustBeforeItsEventArrived) {
  BeginFresh("12:30:00");
  const CounterRead swept = Ask("12:41:02");
  Event("12:41:02.003");
  Answer(swept, 4);
  EXPECT_EQ(Growth(), Lines{"minute 12:41 k 4"});
}

TEST_F(MeterTest, CannotTimeFirstReadingsWhenAListingFailed) {
  meter_.BeginSession(At("12:30:00"));
  meter_.CompleteBaseline(false);
  Event("12:41:07");
  Read("12:41:07.1", 3);
  Event("13:01:07", "k", 13);  // began after the session did
  Read("13:01:07.1", 2, "k", 13);
  meter_.CoverUntil(At("13:02:00"));
  const Flushed flushed = Flush();
  EXPECT_EQ(flushed.growth, (Lines{"minute 13:01 k 2", "hour 12:00 k 3"}));
  EXPECT_EQ(flushed.covered_until_ms, 0) << "the next return must list again";
}

TEST_F(MeterTest, IsSureOfNoCoverageWithoutEvents) {
  meter_.BeginSession(At("12:30:00"), false);
  meter_.CompleteBaseline();
  meter_.CoverUntil(At("12:40:00"));
  EXPECT_EQ(meter_.covered_until_ms(), At("12:30:00"));
  meter_.TrustEvents(At("12:40:00"));
  meter_.CoverUntil(At("12:40:00"));
  EXPECT_EQ(meter_.covered_until_ms(), At("12:40:00"));
}

TEST_F(MeterTest, ReadsAllAgainWhenItsCoverageLiesAhead) {
  BeginFresh("12:30:00");
  meter_.CoverUntil(At("12:50:00"));
  meter_.EndSession(At("12:50:00"));
  meter_.BeginSession(At("12:40:00"));  // the clock was ahead
  EXPECT_EQ(meter_.covered_until_ms(), 0);
}

// ---- Where the relay's clock is

TEST_F(MeterTest, KnowsTheNewestHourByEventsAndByWhatIsReadWhenItHasCome) {
  BeginFresh("12:30:00");
  Read("12:30:01", 3, "k", 19);
  EXPECT_EQ(meter_.newest_hour(), 0) << "it may be left from long ago";
  EXPECT_EQ(meter_.farthest_hour(), Hour(19));
  Read("12:30:01", 3, "k", 12);
  EXPECT_EQ(meter_.newest_hour(), Hour(12));
  Read("12:30:01", 3, "k", 13);
  EXPECT_EQ(meter_.newest_hour(), Hour(13)) << "its clock may be a little ahead of ours";
  Event("12:30:02", "k", 18);
  EXPECT_EQ(meter_.newest_hour(), Hour(18));
  Read("18:30:00", 3, "k", 19);
  EXPECT_EQ(meter_.newest_hour(), Hour(19));
}

TEST_F(MeterTest, KnowsTheNewestHourByWhatGrowsBetweenTwoReadingsOfASession) {
  BeginFresh("12:30:00");
  Read("12:30:01", 3, "k", 19);
  Read("12:30:02", 3, "k", 19);
  EXPECT_EQ(meter_.newest_hour(), 0);
  Read("12:30:03", 4, "k", 19);
  EXPECT_EQ(meter_.newest_hour(), Hour(19)) << "the relay's clock is there";
  Read("12:30:04", 3, "k", 21);
  meter_.EndSession(At("12:31:00"));
  meter_.BeginSession(At("12:40:00"));
  Read("12:40:01", 4, "k", 21);
  EXPECT_EQ(meter_.newest_hour(), Hour(19)) << "it may have been there for a moment";
}

TEST_F(MeterTest, KnowsNoNewestHourByACounterThatIsCopiedOrRestored) {
  BeginFresh("12:30:00");
  EndBy(End::kReplaced, "12:30:01", "k", 19);
  Read("12:30:01.1", 3, "k", 19);
  EXPECT_EQ(meter_.newest_hour(), 0) << "it may be of long ago";
  EXPECT_EQ(meter_.farthest_hour(), Hour(19));
  EndBy(End::kReplaced, "12:30:02", "k", 19);
  Read("12:30:02.1", 4, "k", 19);
  EXPECT_EQ(meter_.newest_hour(), 0) << "nor does more in its place tell anything";
  Read("12:30:03", 5, "k", 19);
  EXPECT_EQ(meter_.newest_hour(), Hour(19));
}

TEST_F(MeterTest, DoesNotTakeWhatTheFileHoldsOfHoursAheadForTheRelaysTime) {
  BeginFresh("12:30:00");
  Read("12:30:01", 3, "k", 19);
  Read("12:30:01", 3);
  meter_.CoverUntil(At("12:30:02"));
  WriteBatch written;
  meter_.Drain(written);
  Restart(written);
  EXPECT_EQ(meter_.newest_hour(), Hour(12));
  EXPECT_EQ(meter_.farthest_hour(), Hour(19));
}

TEST_F(MeterTest, ReachesNoTimeByAnHourThatASearchHasFoundAhead) {
  BeginFresh("12:30:00");
  ManualClock clock(At("12:30:00"));
  meter_.time().Begin(clock.WallMs(), clock.MonotonicMs(), {});
  Read("12:30:01", 3, "k", 19);
  const ManualClock jumped(At("16:30:00"));
  meter_.time().Follow(jumped.WallMs(), clock.MonotonicMs());
  EXPECT_LT(meter_.ReachedMs(jumped), At("12:31:00"));
  Event("16:30:00", "k", 16);
  EXPECT_EQ(meter_.ReachedMs(jumped), At("16:00:00"));
}

// ---- The clock

TEST_F(MeterTest, FollowsAClockThatStepsBack) {
  BeginFresh("12:30:00");
  meter_.CoverUntil(At("12:40:00"));
  meter_.StepBack(At("12:40:00"), At("12:35:00"));
  EXPECT_EQ(meter_.covered_until_ms(), 0) << "the baseline was read by a wrong clock";
  Event("12:35:10");
  Read("12:35:10.1", 2);
  const Flushed flushed = Flush();
  EXPECT_EQ(flushed.gaps, Lines{"clock 12:35:00Z to 12:40:00Z"});
  EXPECT_EQ(flushed.growth, Lines{"minute 12:35 k 2"});
}

TEST_F(MeterTest, CannotTimeWhatWasReadBeforeTheClockSteppedBackToLessThanThat) {
  BeginFresh("12:30:00");
  Event("12:39:10");
  Read("12:39:10.1", 2);
  (void)Flush();
  meter_.StepBack(At("12:40:00"), At("12:35:00"));
  Event("12:35:10");
  Read("12:35:10.1", 3);
  EXPECT_EQ(Growth(), Lines{"hour 12:00 k 1"});
}

}  // namespace

}  // namespace keymeter::processor
