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

TEST_F(MeterTest, CountsNothingTwiceWhenAHashIsRenamedAwayAndBack) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 10);
  EndBy(End::kWhole, "12:31:00");
  Read("12:31:00.1", 0);
  Event("12:32:00");
  Read("12:32:00.1", 3);
  EndBy(End::kReplaced, "12:33:00");
  Read("12:33:00.1", 10);
  Event("12:34:00");
  Read("12:34:00.1", 11);
  const Flushed flushed = Flush();
  EXPECT_EQ(flushed.growth, (Lines{"minute 12:30 k 10", "minute 12:32 k 3", "minute 12:34 k 1"}));
  EXPECT_EQ(flushed.adjustments, (Lines{"reset k 10 at 12:31:00.105Z", "correction k -7 at 12:33:00.105Z"}));
}

TEST_F(MeterTest, CannotTimeAValueThatCameFromElsewhere) {
  BeginFresh("12:30:00");
  EndBy(End::kReplaced, "12:41:07");
  Read("12:41:07.1", 3);
  Event("12:42:00");
  Read("12:42:00.1", 4);
  EXPECT_EQ(Growth(), (Lines{"minute 12:42 k 1", "hour 12:00 k 3"}));
  EXPECT_EQ(meter_.TakeUnannounced(), 0);
}

TEST_F(MeterTest, TakesTheLastOfSeveralEnds) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 10);
  EndBy(End::kWhole, "12:31:00");
  EndBy(End::kReplaced, "12:31:00");
  Read("12:31:00.1", 10);
  EndBy(End::kReplaced, "12:32:00");
  EndBy(End::kFields, "12:32:00");
  Read("12:32:00.1", 10);
  EndBy(End::kReplaced, "12:33:00");
  EndBy(End::kWhole, "12:33:00");
  Read("12:33:00.1", 4);
  const Flushed flushed = Flush();
  EXPECT_EQ(flushed.growth, (Lines{"minute 12:30 k 10", "minute 12:33 k 4"}));
  EXPECT_EQ(flushed.adjustments, Lines{"reset k 10 at 12:33:00.105Z"});
}

TEST_F(MeterTest, CountsNothingTwiceWhenABackupIsRestoredAfterAFlush) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 10);
  EndBy(End::kReplaced, "12:31:00");  // after the flush, which is found out later
  FlushAll();
  Read("12:31:00.1", 10);
  FlushAll();
  EndBy(End::kReplaced, "12:32:00");
  Read("12:32:00.1", 10);
  FlushAll();
  Read("12:33:00", 0);
  EndBy(End::kReplaced, "12:34:00");
  Read("12:34:00.1", 10);
  EXPECT_EQ(Growth(), Lines{"minute 12:30 k 10"});
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

/// A later search finds what the listing of the baseline lacked: only with that is the baseline whole.
TEST_F(MeterTest, CannotTimeACounterThatCouldNotBeReadBeforeAllWereFound) {
  meter_.BeginSession(At("12:30:00"));
  meter_.CompleteBaseline(false);
  AnswerUnusably(Ask("12:40:01", "unusable"));
  meter_.PassOver(*meter_.Expect(EntityKind::kApiKey, "passed over", "m", Hour(12)));
  meter_.CompleteBaseline();
  for (const char* id : {"unusable", "passed over", "new"}) {
    Event("12:41:07", id);
    Read("12:41:07.1", 3, id);
  }
  EXPECT_EQ(Growth(), (Lines{"minute 12:41 new 3", "hour 12:00 unusable 3", "hour 12:00 passed over 3"}));
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
