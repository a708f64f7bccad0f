/// Counters of hours that have closed: packed, and counted on from where they stood.

#include <algorithm>

#include <gtest/gtest.h>

#include "processor/metering/meter.h"
#include "tests/processor/metering/meter_fixture.h"

namespace keymeter::processor {

namespace {

class PackedMeterTest : public MeterTest {
 protected:
  /// A counter of hour 12 that was read at 5 requests, in a session of today; hour 13 has begun.
  void SetUp() override {
    BeginFresh("12:00:00");
    Event("12:10:00");
    Read("12:10:01", 5);
    Event("13:01:00", "other", 13);
  }
  void PackAll() {
    while (meter_.Pack(At("13:10:00"))) {
    }
    ASSERT_TRUE(meter_.counters().IsPacked(1, Hour(12)));
  }
};

TEST_F(PackedMeterTest, AnHourIsPackedOnceItHasBeenClosedForAWhile) {
  (void)Flush();
  while (meter_.Pack(At("13:04:00"))) {
  }
  EXPECT_FALSE(meter_.counters().IsPacked(1, Hour(12)));
  PackAll();
  EXPECT_TRUE(meter_.IsReadOrExpected(EntityKind::kApiKey, "k", "m", Hour(12)));
}

TEST_F(PackedMeterTest, WhatIsNotDurableIsNotPacked) {
  while (meter_.Pack(At("13:10:00"))) {
  }
  EXPECT_FALSE(meter_.counters().IsPacked(1, Hour(12)));
  EXPECT_EQ(Flush().readings, Lines{"12:00 k 5 at 12:10:01Z"});
}

TEST_F(PackedMeterTest, ALateEventCountsWhatIsBeyondThePackedReading) {
  (void)Flush();
  PackAll();
  Event("13:20:00");
  Read("13:20:01", 8);
  EXPECT_EQ(Growth(), Lines{"hour 12:00 k 3"});
}

TEST_F(PackedMeterTest, AFallIsJudgedByThePackedReadingAndItsSession) {
  (void)Flush();
  PackAll();
  meter_.EndSession(At("13:20:00"));
  BeginFresh("13:30:00");
  Read("13:30:01", 2);
  EXPECT_EQ(Flush().adjustments, Lines{"rollback k 3 at 13:30:01.005Z"});
}

TEST_F(PackedMeterTest, AReadingThatSqliteRefusedAfterItWasPackedComesBackAndIsReadAgain) {
  WriteBatch refused;
  meter_.Drain(refused);
  PackAll();
  meter_.Undrain(refused);
  const Flushed again = Flush();
  EXPECT_EQ(again.readings, Lines{"12:00 k 5 at 12:10:01Z"});
  EXPECT_EQ(again.growth, Lines{"minute 12:10 k 5"});
  const auto dirty = meter_.TakeDirty(9);
  EXPECT_TRUE(std::any_of(dirty.begin(), dirty.end(),
                          [this](CounterIndex index) { return meter_.counters()[index].hour == Hour(12); }));
}

TEST_F(PackedMeterTest, AWalkBringsBackWhatWasPacked) {
  (void)Flush();
  PackAll();
  CounterTable::Span span{Hour(12), Hour(12)};
  std::vector<CounterIndex> found;
  while (meter_.ExpectSome(span, found)) {
  }
  ASSERT_EQ(found.size(), 1U);
  while (meter_.Pack(At("13:30:00"))) {
  }
  EXPECT_FALSE(meter_.counters().IsPacked(1, Hour(12))) << "somebody has its index";
  EXPECT_EQ(meter_.counters()[found[0]].reading, Usage(5));
}

TEST_F(PackedMeterTest, EverythingInRedisDeletedAtOnceConcernsPackedCountersToo) {
  (void)Flush();
  PackAll();
  EXPECT_EQ(FlushAll().size(), 2U);
  Read("13:20:01", 2);
  const Flushed flushed = Flush();
  EXPECT_EQ(flushed.growth, Lines{"hour 12:00 k 2"});
  EXPECT_EQ(flushed.adjustments, Lines{"reset k 5 at 13:20:01.005Z"});
}

}  // namespace

}  // namespace keymeter::processor
