// Counters whose keys name no hour: only our own clock says when they grew.

#include <gtest/gtest.h>

#include "tests/processor/metering/meter_fixture.h"

namespace keymeter::processor {

namespace {

class CumulativeTest : public MeterTest {
 protected:
  void Grow(std::string_view at, std::string_view id = "k") { Event(at, id, kCumulative); }
  void Reads(std::string_view at, std::int64_t requests, std::string_view id = "k") {
    Read(at, requests, id, kCumulative);
  }
  /// "level requests", without the bucket.
  Lines Levels() {
    WriteBatch batch;
    meter_.Drain(batch);
    Lines lines;
    for (const GrowthRow& row : batch.growth)
      lines.push_back(fmt::format("{} {}", LevelName(row.level), row.growth[Metric::kRequests]));
    return lines;
  }
};

TEST_F(CumulativeTest, WhatWasThereBeforeTheFirstSessionIsPartOfTheTotalOnly) {
  meter_.BeginSession(At("12:30:00"));
  Reads("12:30:01", 700);
  meter_.CompleteBaseline();
  EXPECT_EQ(Levels(), Lines{"total 700"});
}

TEST_F(CumulativeTest, GrowthThatAnEventAnnouncedHasItsMinute) {
  meter_.BeginSession(At("12:30:00"));
  Reads("12:30:01", 700);
  meter_.CompleteBaseline();
  (void)Levels();
  Grow("12:31:05");
  Reads("12:31:05.1", 703);
  EXPECT_EQ(Growth(), Lines{"minute 12:31 k 3"});
}

TEST_F(CumulativeTest, ACounterThatBeginsInTheSessionHasItsMinute) {
  BeginFresh("12:30:00");
  Grow("12:31:05");
  Reads("12:31:05.1", 3);
  EXPECT_EQ(Growth(), Lines{"minute 12:31 k 3"});
}

TEST_F(CumulativeTest, GrowthOfAnAbsenceLandsInTheBucketThatContainsIt) {
  BeginFresh("12:30:00");
  Grow("12:31:05");
  Reads("12:31:05.1", 3);
  meter_.CoverUntil(At("12:31:10"));
  (void)Levels();
  meter_.EndSession(At("12:31:10"));
  meter_.BeginSession(At("12:50:00"));
  Reads("12:50:00.1", 10);
  meter_.CompleteBaseline();
  EXPECT_EQ(Growth(), Lines{"hour 12:00 k 7"});
  meter_.EndSession(At("12:51:00"));
  meter_.BeginSession(At("15:00:00"));
  Reads("15:00:00.1", 11);
  EXPECT_EQ(Levels(), Lines{"day 1"});
}

TEST_F(CumulativeTest, IsNeverForgotten) {
  BeginFresh("12:30:00");
  Grow("12:31:05");
  Reads("12:31:05.1", 3);
  (void)Levels();
  meter_.ForgetBefore(Hour(23));
  EXPECT_EQ(meter_.counters().size(), 1U);
  CounterTable::Span span{Hour(23)};
  std::vector<CounterIndex> found;
  while (meter_.ExpectSome(span, found)) {
  }
  EXPECT_EQ(found.size(), 1U) << "every sweep reads it";
  EXPECT_EQ(meter_.newest_hour(), 0);
}

TEST_F(CumulativeTest, AFallIsAnAdjustmentAndNoGrowth) {
  BeginFresh("12:30:00");
  Grow("12:31:05");
  Reads("12:31:05.1", 9);
  Grow("12:32:05");
  Reads("12:32:05.1", 4);
  EXPECT_EQ(Flush().adjustments, Lines{"correction k 5 at 12:32:05.105Z"});
}

// ---- Without events: only sweeps

TEST_F(CumulativeTest, WithoutEventsGrowthHasTheMinuteThatHoldsTwoReadings) {
  meter_.BeginSession(At("12:30:00"), false);
  Reads("12:30:01", 700);
  meter_.CompleteBaseline();
  (void)Levels();
  Reads("12:30:11", 703);
  EXPECT_EQ(Growth(), Lines{"minute 12:30 k 3"});
  Reads("12:31:11", 705);
  EXPECT_EQ(Growth(), Lines{"hour 12:00 k 2"});
}

TEST_F(MeterTest, ASweepProvesThatWhatItDidNotFindBeganLater) {
  meter_.BeginSession(At("12:30:00"), false);
  meter_.CompleteBaseline();
  meter_.CompleteSweep(At("12:31:10"));
  Read("12:31:20", 3);
  EXPECT_EQ(Growth(), Lines{"minute 12:31 k 3"});
  Read("12:31:20", 4, "other");
  meter_.CompleteSweep(At("12:31:20"));
  Read("12:32:01", 5, "new");
  EXPECT_EQ(Growth(), (Lines{"minute 12:31 other 4", "hour 12:00 new 5"}));
}

TEST_F(MeterTest, SweepsWithoutEventsSayUntilWhenTheRowsReach) {
  meter_.BeginSession(At("12:30:00"), false);
  meter_.CompleteSweep(At("12:30:05"));
  EXPECT_EQ(meter_.covered_until_ms(), 0) << "the baseline is not read yet";
  meter_.CompleteBaseline();
  meter_.CoverUntil(At("12:30:20"));
  EXPECT_EQ(meter_.covered_until_ms(), At("12:30:00")) << "no event came is no proof";
  meter_.CompleteSweep(At("12:30:30"));
  EXPECT_EQ(meter_.covered_until_ms(), At("12:30:30"));
}

TEST_F(MeterTest, CoversNoMinuteWhereEventsAreNotCertain) {
  meter_.BeginSession(At("12:30:00"), false);
  meter_.WatchUntil(At("12:30:10"));
  EXPECT_EQ(Flush().coverage, Lines{});
  meter_.TrustEvents(At("12:30:20"));
  meter_.WatchUntil(At("12:30:25"));
  EXPECT_EQ(Flush().coverage, Lines{"12:30 covered 5000 events 0 readings 0 delay 0"});
}

}  // namespace

}  // namespace keymeter::processor
