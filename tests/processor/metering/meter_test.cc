#include "processor/metering/meter.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/meter_fixture.h"

namespace keymeter::processor {

namespace {

// ---- When growth happened

TEST_F(MeterTest, CannotTimeWhatWasThereBeforeTheFirstSession) {
  meter_.BeginSession(At("12:30:00"));
  Read("12:30:01", 7);
  EXPECT_EQ(Growth(), Lines{"hour 12:00 k 7"});
}

TEST_F(MeterTest, CannotTimeTheFirstReadingBeforeTheBaselineEvenWhenAnEventLedToIt) {
  meter_.BeginSession(At("12:30:00"));
  Event("12:30:01");
  Read("12:30:01.1", 7);
  EXPECT_EQ(Growth(), Lines{"hour 12:00 k 7"});
}

TEST_F(MeterTest, PutsAPastHourOfTheImportIntoThatHour) {
  meter_.BeginSession(At("12:30:00"));
  Read("12:30:01", 7, "k", 3);
  EXPECT_EQ(Growth(), Lines{"hour 03:00 k 7"});
}

TEST_F(MeterTest, PutsANewCounterAfterTheBaselineIntoItsMinute) {
  BeginFresh("12:30:00");
  Event("12:41:07");
  Read("12:41:07.1", 3);
  EXPECT_EQ(Growth(), Lines{"minute 12:41 k 3"});
}

TEST_F(MeterTest, TimesGrowthOfAKnownCounterByItsEvent) {
  meter_.BeginSession(At("12:30:00"));
  Read("12:30:01", 7);
  meter_.CompleteBaseline();
  Event("12:45:10");
  Read("12:45:10.1", 9);
  EXPECT_EQ(Growth(), (Lines{"minute 12:45 k 2", "hour 12:00 k 7"}));
}

TEST_F(MeterTest, CannotTimeGrowthThatNoEventAnnounced) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 3);
  Read("12:33:02", 5);  // a sweep finds what a lost event did
  EXPECT_EQ(Growth(), (Lines{"minute 12:30 k 3", "hour 12:00 k 2"}));
}

TEST_F(MeterTest, TakesTheEventsMinuteWhenTheReadingFallsIntoTheNext) {
  BeginFresh("12:30:00");
  Event("12:30:59.95");
  Read("12:31:00.05", 3);
  EXPECT_EQ(Growth(), Lines{"minute 12:30 k 3"});
}

TEST_F(MeterTest, CannotTimeWhatWasReadLateAcrossAMinutesEdge) {
  BeginFresh("12:30:00");
  Event("12:30:59.9");
  Read("12:31:00.2", 3);
  EXPECT_EQ(Growth(), Lines{"hour 12:00 k 3"});
}

TEST_F(MeterTest, MergesTheGrowthOfAMinute) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 3);
  Event("12:30:20");
  Read("12:30:20.1", 10);
  EXPECT_EQ(Growth(), Lines{"minute 12:30 k 10"});
}

TEST_F(MeterTest, LeavesAnEventDuringAReadToTheNextReading) {
  BeginFresh("12:30:00");
  Event("12:30:58");
  const CounterRead read = Ask("12:30:58.1");
  Event("12:31:00.2");
  Answer(read, 3);
  EXPECT_EQ(meter_.counters().dirty_count(), 1U);
  Read("12:31:00.3", 4);
  EXPECT_EQ(Growth(), (Lines{"minute 12:30 k 3", "minute 12:31 k 1"}));
}

TEST_F(MeterTest, PutsLateEventsIntoTheLastMinuteOfTheHourThatTheirKeyNames) {
  BeginFresh("12:30:00");
  Event("13:00:00.02");
  Read("13:00:00.1", 3);
  Event("13:00:00.03", "k", 13);
  Read("13:00:00.1", 1, "k", 13);
  EXPECT_EQ(Growth(), (Lines{"minute 12:59 k 3", "minute 13:00 k 1"}));
}

TEST_F(MeterTest, PutsEventsOfAnotherHourIntoThatHour) {
  BeginFresh("12:30:00");
  Event("12:40:00", "k", 9);
  Read("12:40:00.1", 3, "k", 9);
  EXPECT_EQ(Growth(), Lines{"hour 09:00 k 3"});
}

// ---- Absences

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
  EXPECT_EQ(meter_.counters().TakeDirty(9), std::vector<CounterIndex>{lost.index});
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

// ---- Falls

TEST_F(MeterTest, CountsInFullAfterADeletion) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 3);
  Delete("12:31:00");
  Event("12:31:10");
  Read("12:31:10.1", 5);
  const Flushed flushed = Flush();
  EXPECT_EQ(flushed.growth, (Lines{"minute 12:30 k 3", "minute 12:31 k 5"}));
  EXPECT_EQ(flushed.adjustments, Lines{"reset k 3 at 12:31:10.105Z"});
}

TEST_F(MeterTest, RecordsAResetOnce) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 3);
  Delete("12:31:00");
  Read("12:31:00.1", 0);
  Event("12:31:10");
  Read("12:31:10.1", 5);
  const Flushed flushed = Flush();
  EXPECT_EQ(flushed.growth, (Lines{"minute 12:30 k 3", "minute 12:31 k 5"}));
  EXPECT_EQ(flushed.adjustments, Lines{"reset k 3 at 12:31:00.105Z"});
}

TEST_F(MeterTest, MakesAReadingVoidDuringWhichTheHashWasDeleted) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 3);
  Event("12:30:20");
  const CounterRead read = Ask("12:30:20.1");
  Delete("12:30:20.102");
  Answer(read, 1);  // before or behind the deletion? Nobody knows
  EXPECT_EQ(meter_.counters().dirty_count(), 1U);
  EXPECT_EQ(Growth(), Lines{"minute 12:30 k 3"});
  Read("12:30:20.2", 1);
  const Flushed flushed = Flush();
  EXPECT_EQ(flushed.growth, Lines{"minute 12:30 k 1"});
  EXPECT_EQ(flushed.adjustments, Lines{"reset k 3 at 12:30:20.205Z"});
}

TEST_F(MeterTest, PaysNoHeedToTheDeletionOfWhatItNeverRead) {
  BeginFresh("12:30:00");
  Delete("12:31:00");
  EXPECT_EQ(meter_.counters().size(), 0U);
  EXPECT_EQ(Flush(), Flush());
}

TEST_F(MeterTest, CallsAFallARollbackAfterAnAbsenceAndACorrectionWithout) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 9);
  Read("12:30:11", 8);
  meter_.EndSession(At("12:30:12"));
  meter_.BeginSession(At("12:30:20"));
  Read("12:30:21", 5);
  Event("12:30:22");
  Read("12:30:22.1", 6);
  const Flushed flushed = Flush();
  EXPECT_EQ(flushed.adjustments, (Lines{"correction k 1 at 12:30:11.005Z", "rollback k 3 at 12:30:21.005Z"}));
  EXPECT_EQ(flushed.growth, Lines{"minute 12:30 k 10"});
}

// ---- Readings that are none

TEST_F(MeterTest, LosesNothingByAnUnusableReading) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 3);
  Event("12:30:20");
  AnswerUnusably(Ask("12:30:20.1"));
  EXPECT_EQ(Growth(), Lines{"minute 12:30 k 3"});
  Read("12:30:30", 5);
  EXPECT_EQ(Growth(), Lines{"minute 12:30 k 2"});
}

TEST_F(MeterTest, TakesTheIntervalFromTheEventThatLedToTheUnusableReading) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  AnswerUnusably(Ask("12:30:10.1"));
  Event("12:33:10");
  Read("12:33:10.1", 5);
  EXPECT_EQ(Growth(), Lines{"hour 12:00 k 5"});
}

TEST_F(MeterTest, CannotTimeACounterThatTheBaselineCouldNotRead) {
  meter_.BeginSession(At("12:30:00"));
  AnswerUnusably(Ask("12:30:01"));  // "-BUSY": it may have been growing for half an hour
  meter_.CompleteBaseline();
  Event("12:41:07");
  Read("12:41:07.1", 3);
  Event("12:42:07");
  Read("12:42:07.1", 4);
  EXPECT_EQ(Growth(), (Lines{"minute 12:42 k 1", "hour 12:00 k 3"}));
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

// ---- Batches

TEST_F(MeterTest, WritesAReadingOnlyWhenItsValuesChanged) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 3);
  EXPECT_EQ(Flush().readings, Lines{"12:00 k 3 at 12:30:10.100Z"});
  Read("12:31:02", 3);
  EXPECT_EQ(Flush().readings, Lines{});
}

TEST_F(MeterTest, WritesTheLastOfSeveralReadings) {
  BeginFresh("12:30:00");
  Read("12:30:10", 3);
  Read("12:30:20", 4);
  EXPECT_EQ(Flush().readings, Lines{"12:00 k 4 at 12:30:20Z"});
}

void ReadOf(Meter& meter, std::string_view id, std::string_view at, std::int64_t requests) {
  CounterRead read = meter.BeginRead(*meter.Expect(EntityKind::kApiKey, id, "m", Hour(12)), At(at));
  read.received_ms = read.asked_ms;
  read.is_usable = true;
  read.values = Usage(requests);
  meter.FinishRead(read);
}

/// Two halves of a story; a flush may be refused between them.
void TellFirstHalf(Meter& meter) {
  meter.Restore(At("12:00:00"));
  meter.BeginSession(At("12:30:00"));
  meter.CompleteBaseline();
  meter.OnGrowth(EntityKind::kApiKey, "a", "m", Hour(12), At("12:30:10"));
  ReadOf(meter, "a", "12:30:10", 5);
  ReadOf(meter, "b", "12:30:11", 7);
  ReadOf(meter, "b", "12:30:12", 6);
  meter.coverage().CoverUntil(At("12:30:30"));
  meter.coverage().AddEvents(At("12:30:30"));
}

void TellSecondHalf(Meter& meter) {
  meter.OnGrowth(EntityKind::kApiKey, "a", "m", Hour(12), At("12:30:40"));
  ReadOf(meter, "a", "12:30:40", 6);
  ReadOf(meter, "c", "12:30:41", 1);
  ReadOf(meter, "c", "12:30:42", 0);
  meter.EndSession(At("12:31:10"));
  meter.BeginSession(At("12:31:20"));
  meter.CompleteBaseline();
  meter.CoverUntil(At("12:31:21"));
}

TEST_F(MeterTest, GivesOneDrainWhatARefusedOneTookWithTheRest) {
  Meter undisturbed;
  TellFirstHalf(undisturbed);
  TellSecondHalf(undisturbed);
  WriteBatch expected;
  undisturbed.Drain(expected);

  TellFirstHalf(meter_);
  WriteBatch refused;
  meter_.Drain(refused);
  TellSecondHalf(meter_);
  meter_.Undrain(refused);
  WriteBatch batch;
  meter_.Drain(batch);

  EXPECT_EQ(Lined(batch), Lined(expected));
  EXPECT_EQ(Lined(batch).series, (Lines{"1 a m", "2 b m", "3 c m"}));
  EXPECT_EQ(Lined(batch).readings.size(), 3U);
  EXPECT_EQ(Lined(batch).gaps.size(), 2U);
  EXPECT_EQ(Lined(batch).adjustments.size(), 2U);
}

TEST_F(MeterTest, HasNothingMoreToWriteAfterADrain) {
  TellFirstHalf(meter_);
  (void)Flush();
  const Flushed flushed = Flush();
  EXPECT_EQ(flushed.series, Lines{});
  EXPECT_EQ(flushed.growth, Lines{});
  EXPECT_EQ(flushed.readings, Lines{});
  EXPECT_EQ(flushed.adjustments, Lines{});
  EXPECT_EQ(flushed.gaps, Lines{});
  EXPECT_EQ(flushed.coverage, Lines{});
}

// ---- Rates

TEST_F(MeterTest, RatesApiKeysButNotAccountsWhichCountTheSameRequestsAgain) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 3);
  meter_.OnGrowth(EntityKind::kAccount, "acc", "m", Hour(12), At("12:30:10"));
  CounterRead read =
      meter_.BeginRead(*meter_.Expect(EntityKind::kAccount, "acc", "m", Hour(12)), At("12:30:10.1"));
  Answer(read, 3);
  EXPECT_DOUBLE_EQ(meter_.request_rate().Trailing(At("12:30:20"), 1), 3.0);
  EXPECT_DOUBLE_EQ(meter_.request_rate().Trailing(At("12:32:20"), 1), 0.0);
}

TEST_F(MeterTest, RatesNothingThatHasNoMinute) {
  meter_.BeginSession(At("12:30:00"));
  Read("12:30:01", 700);
  EXPECT_DOUBLE_EQ(meter_.request_rate().Trailing(At("12:30:20"), 10), 0.0);
}

}  // namespace

}  // namespace keymeter::processor
