#include "processor/counter_table.h"

#include <vector>

#include <gtest/gtest.h>

#include "tests/processor/values.h"

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
  table[dirty].deletion_seen = true;
  table[dirty].reading = Usage(5);
  table.MarkDirty(dirty);
  table[being_read].is_being_read = true;
  table.changed().Put(table[clean]);
  table.EndSession();
  EXPECT_EQ(table.TakeDirty(9), (std::vector<CounterIndex>{dirty, being_read}));
  EXPECT_EQ(table[dirty].first_event_ms, 0);
  EXPECT_TRUE(table[dirty].deletion_seen);
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

TEST(CounterTable, ExpectsTheCountersOfASpanOfHours) {
  CounterTable table;
  table.Intern(1, Hour(3));
  const CounterIndex a = table.Intern(1, Hour(12));
  const CounterIndex b = table.Intern(1, Hour(13));
  EXPECT_EQ(Expected(table, Hour(12), Hour(12)), Indices{a});
  EXPECT_EQ(Expected(table, Hour(12)), Indices{b}) << "what is expected already waits in somebody's list";
  EXPECT_EQ(table.ExpectAll().size(), 3U);
}

}  // namespace

}  // namespace keymeter::processor
