// What a session is told beyond events and readings: a data set that was emptied, silence, gaps.

#include <gtest/gtest.h>

#include "tests/processor/metering/meter_fixture.h"

namespace keymeter::processor {

TEST_F(MeterTest, CountsAHashThatWasFlushedInFullWhicheverReadingWasUnderWay) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 5);
  Event("12:30:20");
  const CounterRead under_way = Ask("12:30:20.1");
  EXPECT_EQ(FlushAll().size(), 1U);
  EXPECT_EQ(meter_.counters().dirty_count(), 1U) << "its event was taken by a reading that says nothing now";
  Answer(under_way, 9);
  Read("12:30:20.3", 7);
  const Flushed flushed = Flush();
  EXPECT_EQ(flushed.growth, Lines{"minute 12:30 k 12"});
  EXPECT_EQ(flushed.adjustments, Lines{"reset k 5 at 12:30:20.305Z"});
}

TEST_F(MeterTest, ReadsOnceWhatIsFlushedAgainAndAgain) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 5);
  EXPECT_EQ(FlushAll().size(), 1U);
  EXPECT_EQ(FlushAll().size(), 0U) << "it waits to be read";
  Read("12:30:20", 7);
  EXPECT_EQ(FlushAll().size(), 1U) << "what was read before is read once more";
}

TEST_F(MeterTest, ReadsWhatWasPassedOverWhenItIsTimeForIt) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  const auto index = meter_.TakeDirty(1).front();
  meter_.PassOver(index);
  EXPECT_EQ(meter_.counters().dirty_count(), 0U);
  EXPECT_EQ(meter_.ExpectAll([](const Counter& /*counter*/) { return true; }).size(), 1U);
  meter_.PassOver(index);
  EXPECT_EQ(meter_.ExpectAll([](const Counter& /*counter*/) { return true; }).size(), 1U) << "once more";
  meter_.ReadAfterAll(meter_.counters()[index].series, Hour(12));
  EXPECT_EQ(meter_.TakeDirty(1), std::vector{index});
}

TEST_F(MeterTest, TellsWhatGrewWithoutAnAnnouncement) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 5);
  EXPECT_EQ(meter_.TakeUnannounced(), 0);
  Read("12:31:02", 6);
  EXPECT_EQ(meter_.TakeUnannounced(), 1);
  EXPECT_EQ(meter_.TakeUnannounced(), 0);
}

TEST_F(MeterTest, TakesWhatItFindsAheadForGrowthOfTheTimeBeforeTheSession) {
  BeginFresh("12:10:00");
  meter_.CoverUntil(At("12:20:00"));
  meter_.EndSession(At("12:20:00"));
  meter_.BeginSession(At("12:30:00"));
  Read("12:30:01", 8, "k", 19);
  EXPECT_EQ(meter_.TakeUnannounced(), 0) << "it may have been there before";
  WriteBatch batch;
  meter_.Drain(batch);
  ASSERT_EQ(batch.recoveries.size(), 1U);
  EXPECT_EQ(batch.recoveries[0].gap_from_ms, At("12:20:00"));
}

TEST_F(MeterTest, TakesCoverageBackForASilenceAndKeepsItOneGap) {
  BeginFresh("12:30:00");
  meter_.WatchUntil(At("12:32:00"));
  meter_.CoverUntil(At("12:32:00"));
  meter_.OnSilence(At("12:31:00"), At("12:32:00"));
  meter_.EndSession(At("12:32:00"));
  meter_.BeginSession(At("12:32:01"));
  const Flushed flushed = Flush();
  EXPECT_EQ(flushed.gaps, (Lines{"silent 12:31:00Z to 12:32:00Z", "disconnected 12:31:00Z to 12:32:01Z"}))
      << "of one beginning, so one row";
  EXPECT_EQ(flushed.coverage, (Lines{"12:30 covered 60000 events 0 readings 0 delay 0",
                                     "12:31 covered 0 events 0 readings 0 delay 0"}));
}

TEST_F(MeterTest, SaysOfAGapWhatItGaveBackByLevel) {
  BeginFresh("12:30:00");
  Event("12:30:10");
  Read("12:30:10.1", 5);
  meter_.CoverUntil(At("12:30:12"));
  meter_.EndSession(At("12:30:13"));
  meter_.BeginSession(At("12:40:00"));
  Read("12:40:01", 8);
  WriteBatch batch;
  meter_.Drain(batch);
  ASSERT_EQ(batch.recoveries.size(), 1U);
  EXPECT_EQ(batch.recoveries[0].gap_from_ms, At("12:30:12"));
  EXPECT_EQ(batch.recoveries[0].levels[1].requests, 3) << "in the hour";
  EXPECT_EQ(batch.recoveries[0].levels[0].requests, 0);
}

}  // namespace keymeter::processor
