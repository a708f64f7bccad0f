// What a flush takes from a meter, and gives back when SQLite refuses it.

#include <gtest/gtest.h>

#include "processor/metering/meter.h"
#include "tests/processor/metering/meter_fixture.h"

namespace keymeter::processor {

namespace {

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
  meter.Restore({}, {}, At("12:00:00"));
  meter.BeginSession(At("12:30:00"));
  meter.CompleteBaseline();
  meter.OnGrowth(EntityKind::kApiKey, "a", "m", Hour(12), At("12:30:10"));
  ReadOf(meter, "a", "12:30:10", 5);
  ReadOf(meter, "b", "12:30:11", 7);
  ReadOf(meter, "b", "12:30:12", 6);
  meter.WatchUntil(At("12:30:30"));
  meter.CountEvent(At("12:30:30"));
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

}  // namespace

}  // namespace keymeter::processor
