#include "processor/metering/metered_session.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

/// A session from 12:30:00; the one before it covered everything up to 12:20:00.
class MeteredSessionTest : public ::testing::Test {
 protected:
  MeteredSessionTest() { session_.Begin(At("12:30:00"), At("12:20:00")); }

  /// Of hour 12, last read at this time in this session; never, when there is no time.
  [[nodiscard]] Counter CounterRead12(std::string_view read_at = "") const {
    Counter counter;
    counter.hour = Hour(12);
    counter.read_ms = read_at.empty() ? 0 : At(read_at);
    counter.session = session_.number() & kMostSessions;
    return counter;
  }
  static CounterRead ReadAt(std::string_view at, std::string_view first_event = "") {
    CounterRead read;
    read.asked_ms = At(at);
    read.received_ms = At(at) + 5;
    read.first_event_ms = first_event.empty() ? 0 : At(first_event);
    return read;
  }

  MeteredSession session_;
};

TEST_F(MeteredSessionTest, AKnownCounterGrewSinceItsLastReading) {
  const Interval interval = session_.IntervalOf(CounterRead12("12:40:00"), ReadAt("12:41:00"));
  EXPECT_EQ(interval.from_ms, At("12:40:00"));
  EXPECT_EQ(interval.to_ms, At("12:41:00.005"));
  EXPECT_FALSE(interval.begins_with_event);
}

TEST_F(MeteredSessionTest, AnEventNarrowsTheInterval) {
  const Interval interval = session_.IntervalOf(CounterRead12("12:40:00"), ReadAt("12:41:00", "12:40:59.9"));
  EXPECT_EQ(interval.from_ms, At("12:40:59.9"));
  EXPECT_TRUE(interval.begins_with_event);
}

TEST_F(MeteredSessionTest, AnEventBetweenQuestionAndJudgementNarrowsItToTheQuestion) {
  Counter counter = CounterRead12("12:40:00");
  counter.first_event_ms = At("12:41:00.003");
  const Interval interval = session_.IntervalOf(counter, ReadAt("12:41:00"));
  EXPECT_EQ(interval.from_ms, At("12:41:00"));
  EXPECT_TRUE(interval.begins_with_event);
}

TEST_F(MeteredSessionTest, BeforeTheBaselineANewCounterMayHaveGrownSinceTheCoverageEnded) {
  const Interval interval = session_.IntervalOf(CounterRead12(), ReadAt("12:31:00", "12:30:59"));
  EXPECT_EQ(interval.from_ms, At("12:20:00"));
  EXPECT_FALSE(interval.begins_with_event);
}

TEST_F(MeteredSessionTest, AfterAWholeBaselineANewCounterBeganInTheSession) {
  session_.CompleteBaseline(true);
  EXPECT_EQ(session_.IntervalOf(CounterRead12(), ReadAt("12:31:00")).from_ms, At("12:30:00"));
  session_.CompleteSweep(At("12:35:00"));
  EXPECT_EQ(session_.IntervalOf(CounterRead12(), ReadAt("12:36:00")).from_ms, At("12:35:00"))
      << "the sweep did not find it";
}

TEST_F(MeteredSessionTest, ABaselineWithHolesProvesNothingButOfLaterHours) {
  session_.CompleteBaseline(false);
  EXPECT_FALSE(session_.KnowsEveryCounter());
  EXPECT_EQ(session_.IntervalOf(CounterRead12(), ReadAt("12:31:00")).from_ms, At("12:20:00"));
  Counter later = CounterRead12();
  later.hour = Hour(13);
  EXPECT_EQ(session_.IntervalOf(later, ReadAt("13:01:00")).from_ms, At("12:30:00"));
}

/// Nor while the baseline is being read. The relay's clock may have been there for a moment, days ago.
TEST_F(MeteredSessionTest, AnHourThatIsStillToComeProvesNothing) {
  Counter ahead = CounterRead12();
  ahead.hour = Hour(19);
  EXPECT_EQ(session_.IntervalOf(ahead, ReadAt("12:31:00")).from_ms, At("12:20:00"));
  session_.CompleteBaseline(false);
  EXPECT_EQ(session_.IntervalOf(ahead, ReadAt("12:31:00")).from_ms, At("12:20:00"));
  session_.CompleteBaseline(true);
  EXPECT_EQ(session_.IntervalOf(ahead, ReadAt("12:31:00")).from_ms, At("12:30:00"));
}

TEST_F(MeteredSessionTest, ACounterThatTheBaselineMissedProvesNothing) {
  session_.CompleteBaseline(true);
  Counter missed = CounterRead12();
  missed.missed_baseline = true;
  EXPECT_EQ(session_.IntervalOf(missed, ReadAt("12:31:00")).from_ms, At("12:20:00"));
}

TEST_F(MeteredSessionTest, AReadingOfAnEarlierSessionIsNarrowedByItsCoverageAlone) {
  const Counter before = CounterRead12("12:10:00");
  session_.Begin(At("12:50:00"), At("12:45:00"));
  session_.CompleteBaseline(true);
  const Interval interval = session_.IntervalOf(before, ReadAt("12:50:01", "12:50:00.5"));
  EXPECT_EQ(interval.from_ms, At("12:45:00"));
  EXPECT_FALSE(interval.begins_with_event);
}

TEST_F(MeteredSessionTest, ItsNumberIsNeverThatOfACounterNeverRead) {
  EXPECT_EQ(session_.number(), 1U);
  session_.Begin(At("12:40:00"), 0);
  EXPECT_EQ(session_.number(), 2U);
  EXPECT_FALSE(session_.is_baseline_read());
}

}  // namespace

}  // namespace keymeter::processor
