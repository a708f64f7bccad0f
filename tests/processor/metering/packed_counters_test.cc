#include "processor/metering/packed_counters.h"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kSmallest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

Counter Read(SeriesId series, int hour, std::int64_t requests) {
  Counter counter;
  counter.series = series;
  counter.hour = Hour(hour);
  counter.read_ms = Hour(hour) * 1000 + 17;
  counter.session = 3;
  counter.reading = Usage(requests);
  counter.in_use = true;
  return counter;
}

std::vector<SeriesId> SeriesOf(const std::vector<Counter>& counters) {
  std::vector<SeriesId> series;
  series.reserve(counters.size());
  for (const Counter& counter : counters) series.push_back(counter.series);
  std::sort(series.begin(), series.end());
  return series;
}

TEST(PackedCounters, GivesBackAllThatLastsOfACounter) {
  PackedCounters packed;
  Counter counter = Read(70'000, 12, 5);
  counter.session = kMostSessions;
  counter.missed_baseline = true;
  packed.Put(counter);
  const auto taken = packed.Take(70'000, Hour(12));
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->series, 70'000U);
  EXPECT_EQ(taken->hour, Hour(12));
  EXPECT_EQ(taken->read_ms, counter.read_ms);
  EXPECT_EQ(taken->session, kMostSessions);
  EXPECT_EQ(taken->reading, Usage(5));
  EXPECT_TRUE(taken->missed_baseline && taken->in_use);
  EXPECT_FALSE(taken->is_dirty || taken->is_being_read || taken->is_expected);
}

TEST(PackedCounters, KeepsEveryValueThatACounterMayHave) {
  for (const std::int64_t value : {std::int64_t{1}, std::int64_t{-1}, std::int64_t{127}, std::int64_t{128},
                                   std::int64_t{1} << 40, kSmallest, kLargest}) {
    PackedCounters packed;
    Counter counter = Read(255, 12, 0);
    counter.reading.values.fill(value);
    counter.read_ms = value / 2;  // whatever a clock may say
    packed.Put(counter);
    const auto taken = packed.Take(255, Hour(12));
    ASSERT_TRUE(taken) << value;
    EXPECT_EQ(taken->reading, counter.reading) << value;
    EXPECT_EQ(taken->read_ms, value / 2) << value;
  }
}

TEST(PackedCounters, KeepsEachMetricInItsPlace) {
  for (std::size_t metric = 0; metric < kMetricCount; ++metric) {
    PackedCounters packed;
    Counter counter = Read(1, 12, 0);
    counter.reading.values[metric] = 9;
    packed.Put(counter);
    EXPECT_EQ(packed.Take(1, Hour(12))->reading, counter.reading) << metric;
  }
}

TEST(PackedCounters, TellsSeriesAndHoursApart) {
  PackedCounters packed;
  for (SeriesId series = 1; series <= 600; ++series) packed.Put(Read(series, 12, series));
  packed.Put(Read(1, 13, 1000));
  EXPECT_EQ(packed.size(), 601U);
  EXPECT_FALSE(packed.Contains(601, Hour(12)));
  EXPECT_FALSE(packed.Contains(2, Hour(13)));
  EXPECT_EQ(packed.Take(257, Hour(12))->reading, Usage(257));
  EXPECT_FALSE(packed.Contains(257, Hour(12)));
  for (const SeriesId series : {1U, 256U, 258U, 600U})
    EXPECT_EQ(packed.Take(series, Hour(12))->reading, Usage(series));
  EXPECT_EQ(packed.Take(1, Hour(13))->reading, Usage(1000));
  EXPECT_FALSE(packed.Take(1, Hour(13)));
  EXPECT_EQ(packed.size(), 595U);
}

TEST(PackedCounters, TakesASpanOfHoursInPartsAndNoneTwice) {
  PackedCounters packed;
  for (int hour = 3; hour <= 6; ++hour)
    for (SeriesId series = 1; series <= 1000; ++series) packed.Put(Read(series, hour, 1));
  PackedCounters::Cursor cursor{Hour(4)};
  std::size_t taken = 0;
  std::size_t parts = 0;
  for (bool is_more = true; is_more; ++parts) {
    const auto some = packed.TakeSome(cursor, Hour(5), 500);
    is_more = some.size() >= 500;
    taken += some.size();
    for (const Counter& counter : some) packed.Put(counter);  // as if it were packed again at once
    ASSERT_LT(parts, 10U);
  }
  EXPECT_EQ(taken, 2000U);
  EXPECT_EQ(packed.size(), 4000U);
}

TEST(PackedCounters, ForgetsWhatWasReadBeforeAnHourOfEarlierHours) {
  PackedCounters packed;
  packed.Put(Read(1, 3, 5));
  Counter kept_by_the_relay = Read(2, 3, 6);
  kept_by_the_relay.read_ms = Hour(9) * 1000;
  packed.Put(kept_by_the_relay);
  packed.Put(Read(3, 3, 7));
  packed.Put(Read(1, 9, 8));
  packed.ForgetBefore(Hour(9));
  PackedCounters::Cursor cursor{kSmallest};
  EXPECT_EQ(SeriesOf(packed.TakeSome(cursor, kLargest, 10)), (std::vector<SeriesId>{1, 2}));
  EXPECT_EQ(packed.size(), 0U);
}

TEST(PackedCounters, TakesAThirdOfACounterAtMost) {
  PackedCounters packed;
  constexpr SeriesId kMany = 20'000;
  for (SeriesId series = 1; series <= kMany; ++series) {
    Counter counter = Read(series, 12, 1 + series % 100);
    counter.reading.values = {40, 50'000, 14'000, 270'000, 1'700'000, 270'000, 0, 1'700'000, 1'700'000};
    packed.Put(counter);
  }
  EXPECT_LT(packed.Bytes() / kMany, sizeof(Counter) / 3 + 4);
}

}  // namespace

}  // namespace keymeter::processor
