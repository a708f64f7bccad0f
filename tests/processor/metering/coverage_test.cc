#include "processor/metering/coverage.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

using Lines = std::vector<std::string>;

/// "12:30 60000 ms, 2 events, 1 readings, 7 ms late" for each minute.
Lines Lined(const std::vector<CoverageRow>& rows) {
  Lines lines;
  for (const CoverageRow& row : rows)
    lines.push_back(fmt::format("{} {} ms, {} events, {} readings, {} ms late",
                                FormatRfc3339(row.minute * 1000).substr(11, 5), row.covered_ms, row.events,
                                row.readings, row.max_delay_ms));
  return lines;
}

TEST(Coverage, SplitsTheTimeOfASubscriptionByMinutes) {
  Coverage coverage;
  coverage.Resume(At("12:30:45"));
  coverage.CoverUntil(At("12:32:10.5"));
  EXPECT_EQ(Lined(coverage.Drain()), (Lines{"12:30 15000 ms, 0 events, 0 readings, 0 ms late",
                                            "12:31 60000 ms, 0 events, 0 readings, 0 ms late",
                                            "12:32 10500 ms, 0 events, 0 readings, 0 ms late"}));
}

TEST(Coverage, GivesIncrementsEachTime) {
  Coverage coverage;
  coverage.Resume(At("12:30:00"));
  coverage.CoverUntil(At("12:30:01"));
  (void)coverage.Drain();
  coverage.CoverUntil(At("12:30:03"));
  EXPECT_EQ(Lined(coverage.Drain()), Lines{"12:30 2000 ms, 0 events, 0 readings, 0 ms late"});
  EXPECT_TRUE(coverage.Drain().empty());
}

TEST(Coverage, LeavesOutTheTimeBetweenSessions) {
  Coverage coverage;
  coverage.Resume(At("12:30:00"));
  coverage.CoverUntil(At("12:30:10"));
  coverage.Resume(At("12:30:50"));
  coverage.CoverUntil(At("12:31:00"));
  EXPECT_EQ(Lined(coverage.Drain()), Lines{"12:30 20000 ms, 0 events, 0 readings, 0 ms late"});
}

TEST(Coverage, DoesNotRunBackwards) {
  Coverage coverage;
  coverage.Resume(At("12:30:10"));
  coverage.CoverUntil(At("12:30:05"));
  EXPECT_TRUE(coverage.Drain().empty());
}

TEST(Coverage, KeepsTheLongestDelayOfAMinute) {
  Coverage coverage;
  coverage.AddReading(At("12:30:01"), 5);
  coverage.AddReading(At("12:30:02"), 70);
  coverage.AddReading(At("12:30:03"), 6);
  coverage.AddEvents(At("12:30:04"), 9);
  EXPECT_EQ(Lined(coverage.Drain()), Lines{"12:30 0 ms, 9 events, 3 readings, 70 ms late"});
}

TEST(Coverage, MergesRowsThatComeBack) {
  Coverage coverage;
  coverage.Resume(At("12:30:00"));
  coverage.CoverUntil(At("12:30:10"));
  coverage.AddReading(At("12:30:01"), 50);
  const auto refused = coverage.Drain();
  coverage.CoverUntil(At("12:30:20"));
  coverage.AddReading(At("12:30:12"), 5);
  coverage.Restore(refused);
  EXPECT_EQ(Lined(coverage.Drain()), Lines{"12:30 20000 ms, 0 events, 2 readings, 50 ms late"});
}

}  // namespace

}  // namespace keymeter::processor
