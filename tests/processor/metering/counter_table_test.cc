#include "processor/metering/counter_table.h"

#include <vector>

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

using Indices = std::vector<CounterIndex>;

Indices Expected(CounterTable& table, std::int64_t first, std::int64_t last = CounterTable::kNoLastHour) {
  CounterTable::Span span{first, last};
  Indices found;
  while (table.ExpectSome(span, found)) {
  }
  return found;
}

TEST(CounterTable, HasOneCounterForASeriesAndAnHour) {
  CounterTable table;
  const CounterIndex index = table.Intern(1, Hour(12));
  EXPECT_EQ(table.Intern(1, Hour(12)), index);
  EXPECT_NE(table.Intern(2, Hour(12)), index);
  EXPECT_NE(table.Intern(1, Hour(13)), index);
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table[index].series, 1U);
  EXPECT_EQ(table[index].hour, Hour(12));
}

TEST(CounterTable, FindsWhatIsThereAndNothingElse) {
  CounterTable table;
  const CounterIndex index = table.Intern(1, Hour(12));
  EXPECT_EQ(table.Find(1, Hour(12)), &table[index]);
  EXPECT_EQ(table.Find(1, Hour(13)), nullptr);
  EXPECT_EQ(table.size(), 1U);
}

TEST(CounterTable, ListsADirtyCounterOnceInTheOrderOfMarking) {
  CounterTable table;
  const CounterIndex a = table.Intern(1, Hour(12));
  const CounterIndex b = table.Intern(2, Hour(12));
  for (CounterIndex index : {b, a, b, b}) table.MarkDirty(index);
  EXPECT_EQ(table.TakeDirty(10), (Indices{b, a}));
  EXPECT_EQ(table.dirty_count(), 0U);
  table.MarkDirty(b);
  EXPECT_EQ(table.TakeDirty(10), Indices{b});
}

TEST(CounterTable, GivesNoMoreDirtyCountersThanAskedFor) {
  CounterTable table;
  for (SeriesId series = 1; series <= 5; ++series) table.MarkDirty(table.Intern(series, Hour(12)));
  EXPECT_EQ(table.TakeDirty(2).size(), 2U);
  EXPECT_EQ(table.dirty_count(), 3U);
  EXPECT_TRUE(table.TakeDirty(0).empty());
}

TEST(CounterTable, KeepsWhatMustBeReadAndThatItWasDeletedOverTheEndOfASession) {
  CounterTable table;
  const CounterIndex dirty = table.Intern(1, Hour(12));
  const CounterIndex being_read = table.Intern(2, Hour(12));
  const CounterIndex clean = table.Intern(3, Hour(12));
  table[dirty].first_event_ms = At("12:30:00");
  table[dirty].end = End::kWhole;
  table[dirty].reading = Usage(5);
  table.MarkDirty(dirty);
  table[being_read].is_being_read = true;
  table.changed().Put(table[clean]);
  table.EndSession();
  EXPECT_EQ(table.TakeDirty(9), (std::vector<CounterIndex>{dirty, being_read}));
  EXPECT_EQ(table[dirty].first_event_ms, 0);
  EXPECT_EQ(table[dirty].end, End::kWhole);
  EXPECT_EQ(table[dirty].reading, Usage(5));
  EXPECT_FALSE(table[being_read].is_being_read);
  EXPECT_TRUE(table.changed().Holds(table[clean]));
}

TEST(CounterTable, ForgetsCountersOfEarlierHours) {
  CounterTable table;
  table.Intern(1, Hour(3));
  table.Intern(1, Hour(4));
  table.ForgetBefore(Hour(4));
  EXPECT_EQ(table.Find(1, Hour(3)), nullptr);
  EXPECT_NE(table.Find(1, Hour(4)), nullptr);
  EXPECT_EQ(table.size(), 1U);
}

TEST(CounterTable, DoesNotForgetWhatIsStillNeeded) {
  CounterTable table;
  const auto old = [&table](SeriesId series) -> Counter& { return table[table.Intern(series, Hour(3))]; };
  table.MarkDirty(table.Intern(1, Hour(3)));
  old(2).is_being_read = true;
  table.changed().Put(old(3));
  old(4).read_ms = Hour(9) * 1000;  // the relay kept it until then
  table.ForgetBefore(Hour(9));
  EXPECT_EQ(table.size(), 4U);
}

TEST(CounterTable, ReusesThePlaceOfAForgottenCounterAsNew) {
  CounterTable table;
  const CounterIndex old = table.Intern(1, Hour(3));
  table[old].reading = Usage(5);
  table[old].read_ms = At("03:00:00");
  table[old].session = 7;
  table.ForgetBefore(Hour(9));
  const CounterIndex index = table.Intern(2, Hour(12));
  EXPECT_EQ(index, old);
  EXPECT_EQ(table[index].read_ms, 0);
  EXPECT_EQ(table[index].session, 0U);
  EXPECT_TRUE(table[index].reading.IsZero());
  EXPECT_EQ(table.Find(1, Hour(3)), nullptr);
}

/// One that was read and is durable.
CounterIndex AtRest(CounterTable& table, SeriesId series, int hour) {
  const CounterIndex index = table.Intern(series, Hour(hour));
  table[index].read_ms = At("13:00:00");
  table[index].reading = Usage(series);
  return index;
}

void PackAll(CounterTable& table, std::int64_t hour) {
  while (!table.Pack(hour)) {
  }
}

TEST(CounterTable, PacksCountersOfEarlierHoursAndUnpacksThemWhenAskedFor) {
  CounterTable table;
  AtRest(table, 1, 12);
  AtRest(table, 2, 13);
  PackAll(table, Hour(13));
  EXPECT_TRUE(table.IsPacked(1, Hour(12)));
  EXPECT_FALSE(table.IsPacked(2, Hour(13)));
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table.unpacked(), 1U);
  EXPECT_TRUE(table.IsReadOrExpected(1, Hour(12))) << "needs no unpacking";
  EXPECT_TRUE(table.IsPacked(1, Hour(12)));
  EXPECT_EQ(table[table.Intern(1, Hour(12))].reading, Usage(1));
  EXPECT_FALSE(table.IsPacked(1, Hour(12)));
  EXPECT_EQ(table.size(), 2U);
}

TEST(CounterTable, TellsTheLatestHourUpToAnother) {
  CounterTable table;
  EXPECT_EQ(table.NewestHour(), 0);
  for (const int hour : {11, 12, 18, 19}) AtRest(table, 1, hour);
  PackAll(table, Hour(12));
  ASSERT_TRUE(table.IsPacked(1, Hour(11)));
  EXPECT_EQ(table.NewestHour(), Hour(19));
  EXPECT_EQ(table.NewestHour(Hour(18)), Hour(18));
  EXPECT_EQ(table.NewestHour(Hour(18) - 1), Hour(12));
  PackAll(table, Hour(20));
  EXPECT_EQ(table.NewestHour(Hour(18) - 1), Hour(12));
  EXPECT_EQ(table.NewestHour(Hour(11) - 1), 0);
}

TEST(CounterTable, PacksNothingThatSomebodyHasToComeBackTo) {
  CounterTable table;
  table.MarkDirty(AtRest(table, 1, 12));
  table[AtRest(table, 2, 12)].is_being_read = true;
  table[AtRest(table, 3, 12)].is_expected = true;
  table[AtRest(table, 4, 12)].first_event_ms = At("12:59:59");
  table.changed().Put(table[AtRest(table, 5, 12)]);
  table.Intern(6, Hour(12));  // never read
  AtRest(table, 7, 12);
  table[table.Intern(8, kNoPeriod)].read_ms = At("13:00:00");
  PackAll(table, Hour(13));
  EXPECT_EQ(table.unpacked(), 7U);
  EXPECT_TRUE(table.IsPacked(7, Hour(12)));
}

TEST(CounterTable, FindsEachOfManyThatArePackedInSteps) {
  CounterTable table;
  constexpr SeriesId kMany = 30'000;
  for (SeriesId series = 1; series <= kMany; ++series) AtRest(table, series, 12);
  std::size_t steps = 0;
  while (!table.Pack(Hour(13))) ++steps;
  EXPECT_GT(steps, 5U) << "no step may hold up the loop";
  EXPECT_EQ(table.unpacked(), 0U);
  for (SeriesId series = 1; series <= kMany; ++series)
    ASSERT_EQ(table.Find(series, Hour(12))->reading, Usage(series));
}

TEST(CounterTable, ExpectsPackedCountersToo) {
  CounterTable table;
  for (SeriesId series = 1; series <= 5000; ++series) AtRest(table, series, 12);
  AtRest(table, 1, 11);
  PackAll(table, Hour(13));
  EXPECT_EQ(Expected(table, Hour(12)).size(), 5000U);
  EXPECT_TRUE(table.IsPacked(1, Hour(11)));
  EXPECT_TRUE(Expected(table, Hour(12)).empty()) << "all of them wait in somebody's list";
}

TEST(CounterTable, PacksNothingWhileOthersThanPackedOnesAreLookedThrough) {
  CounterTable table;
  constexpr SeriesId kMany = 30'000;
  for (SeriesId series = 1; series <= kMany; ++series) AtRest(table, series, 12);
  CounterTable::Span span{Hour(12)};
  Indices found;
  ASSERT_TRUE(table.ExpectSome(span, found));
  for (CounterIndex index : found) table[index].is_expected = false;  // read by now
  EXPECT_FALSE(table.Pack(Hour(13)));
  EXPECT_EQ(table.unpacked(), kMany) << "else the rest of them might be missed";
  while (table.ExpectSome(span, found)) {
  }
  EXPECT_EQ(found.size(), kMany);
  table.EndSession();
  PackAll(table, Hour(13));
  EXPECT_EQ(table.unpacked(), 0U);
}

TEST(CounterTable, ForgetsPackedCounters) {
  CounterTable table;
  AtRest(table, 1, 3);
  AtRest(table, 1, 14);
  PackAll(table, Hour(15));
  table.ForgetBefore(Hour(14));
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.Find(1, Hour(3)), nullptr);
}

TEST(CounterTable, ExpectsTheCountersOfASpanOfHours) {
  CounterTable table;
  table.Intern(1, Hour(3));
  const CounterIndex a = table.Intern(1, Hour(12));
  const CounterIndex b = table.Intern(1, Hour(13));
  EXPECT_EQ(Expected(table, Hour(12), Hour(12)), Indices{a});
  EXPECT_EQ(Expected(table, Hour(12)), Indices{b}) << "what is expected already waits in somebody's list";
  const auto is_of_three = [](const Counter& counter) { return counter.hour == Hour(3); };
  EXPECT_EQ(table.ExpectAll(is_of_three).size(), 1U);
  EXPECT_TRUE(table.ExpectAll([](const Counter& /*counter*/) { return true; }).empty());
}

}  // namespace

}  // namespace keymeter::processor
