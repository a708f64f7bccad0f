// Two days of traffic under a clock of the test, over a month's end, with twenty absences: what is in the
// file is what the relay wrote.

#include "tests/integration/simulation.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace keymeter::testing {
namespace {

using enum Absence::Kind;

constexpr std::int64_t kSecondMs = 1000;
constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr std::int64_t kOffset = SimulatedRelay::kOffset;

std::vector<Absence> TwentyAbsences() {
  return {
      // Within a minute, over a minute's edge, from edge to edge.
      {"2026-10-31T05:20:10+08:00", 2 * kSecondMs, kStopped},
      {"2026-10-31T06:10:30+08:00", 2 * kSecondMs, kCut},
      {"2026-10-31T07:31:59+08:00", 2 * kSecondMs, kKilled},
      {"2026-10-31T08:40:20+08:00", 90 * kSecondMs, kStopped},
      {"2026-10-31T09:15:15+08:00", 90 * kSecondMs, kCut},
      {"2026-10-31T10:45:50+08:00", 90 * kSecondMs, kKilled},
      {"2026-11-01T13:15:00+08:00", 60 * kSecondMs, kStopped},
      {"2026-11-01T15:05:05+08:00", 2 * kSecondMs, kRedisRestarted},
      // To an hour's edge, over it, from edge to edge.
      {"2026-10-31T11:58:30+08:00", 90 * kSecondMs, kStopped},
      {"2026-10-31T13:59:59+08:00", 2 * kSecondMs, kCut},
      {"2026-10-31T14:50:00+08:00", 20 * kMinuteMs, kStopped},
      {"2026-10-31T16:45:00+08:00", 30 * kMinuteMs, kKilled},
      {"2026-10-31T18:59:30+08:00", 90 * kSecondMs, kRedisRestarted},
      {"2026-10-31T20:00:00+08:00", 3 * kHourMs, kCut},
      {"2026-11-01T17:50:00+08:00", 20 * kMinuteMs, kCut},
      {"2026-11-01T19:59:58+08:00", 4 * kSecondMs, kKilled},
      // Over the month's end, over a midnight, for hours.
      {"2026-10-31T23:30:00+08:00", 60 * kMinuteMs, kStopped},
      {"2026-11-01T02:10:00+08:00", 5 * kHourMs, kKilled},
      {"2026-11-01T08:30:00+08:00", 4 * kHourMs, kRedisRestarted},
      {"2026-11-01T23:59:30+08:00", 90 * kSecondMs, kCut},
  };
}

/// How much of [begin, end) is inside an absence.
std::int64_t AbsentMs(const Simulation& simulation, std::int64_t begin_ms, std::int64_t end_ms) {
  std::int64_t absent_ms = 0;
  for (const auto& absence : simulation.absences())
    absent_ms +=
        std::max<std::int64_t>(0, std::min(end_ms, absence.end_ms) - std::max(begin_ms, absence.begin_ms));
  return absent_ms;
}

void ExpectCoarseLevelsAreTheRelays(Simulation& simulation) {
  EXPECT_EQ(Differences(simulation.relay().hours(), SumBuckets(simulation.rows(), Level::kHour)), "");
  EXPECT_EQ(Differences(simulation.relay().days(), SumBuckets(simulation.rows(), Level::kDay)), "");
  EXPECT_EQ(Differences(simulation.relay().months(), SumBuckets(simulation.rows(), Level::kMonth)), "");
  EXPECT_EQ(simulation.rows().Value("SELECT count(*) FROM adjustments"), "0");
  EXPECT_EQ(simulation.rows().Value("SELECT count(*) FROM drift"), "0");
}

void ExpectMinutesHoldTheirOwn(Simulation& simulation) {
  const MinuteTruth& truth = simulation.relay().minutes();
  const BucketSums rows = SumBuckets(simulation.rows(), Level::kMinute);
  EXPECT_EQ(Excess(truth.at_most(), rows), "") << "holds what belongs to another minute";
  EXPECT_EQ(Excess(rows, truth.at_least()), "") << "lacks what was read in time";
  BucketSums hours = Coarser(rows, Level::kHour, kOffset);
  for (const auto& [hour, usage] : SumUntimed(simulation.rows(), Level::kHour))
    for (const auto& [id, amounts] : usage) hours[hour][id] += amounts;
  EXPECT_EQ(Differences(simulation.relay().hours(), hours), "") << "minutes and untimed are the hour";
}

/// Each minute's coverage says to the millisecond how long we were there, and no minute is missing.
void ExpectCoverageIsTrue(const Simulation& simulation) {
  const auto [first_ms, last_ms] = simulation.metered();
  std::int64_t covered_ms = 0;
  for (const Row& row : simulation.rows().Query("SELECT bucket, covered_ms FROM coverage_minute")) {
    const std::int64_t begin_ms = std::stoll(row.at("bucket")) * 1000;
    const std::int64_t end_ms = std::min(begin_ms + kMinuteMs, last_ms);
    EXPECT_EQ(std::stoll(row.at("covered_ms")), end_ms - begin_ms - AbsentMs(simulation, begin_ms, end_ms))
        << FormatRfc3339(begin_ms);
    covered_ms += std::stoll(row.at("covered_ms"));
  }
  EXPECT_EQ(covered_ms, last_ms - first_ms - AbsentMs(simulation, first_ms, last_ms));
}

void ExpectAGapForEachAbsence(const Simulation& simulation) {
  const auto gaps = simulation.rows().Query("SELECT from_ms, to_ms FROM gaps ORDER BY from_ms");
  ASSERT_EQ(gaps.size(), simulation.absences().size());
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    const auto [begin_ms, end_ms] = simulation.absences()[i];
    const std::int64_t from_ms = std::stoll(gaps[i].at("from_ms"));
    EXPECT_LE(from_ms, begin_ms) << FormatRfc3339(begin_ms);
    EXPECT_GE(from_ms, begin_ms - 250) << FormatRfc3339(begin_ms) << ": no more than what was being read";
    EXPECT_EQ(std::stoll(gaps[i].at("to_ms")), end_ms) << FormatRfc3339(end_ms);
  }
}

TEST(Simulation, OfTwoDaysWithTwentyAbsencesIsExact) {
  const auto seed =
      static_cast<std::uint32_t>(GTEST_FLAG_GET(random_seed));  // --gtest_random_seed=N for others
  SCOPED_TRACE("seed " + std::to_string(seed));
  Simulation simulation({"2026-10-31T04:00:00+08:00", 48, TwentyAbsences(), seed});
  simulation.Run();
  ExpectCoarseLevelsAreTheRelays(simulation);
  ExpectMinutesHoldTheirOwn(simulation);
  ExpectCoverageIsTrue(simulation);
  ExpectAGapForEachAbsence(simulation);
}

}  // namespace
}  // namespace keymeter::testing
