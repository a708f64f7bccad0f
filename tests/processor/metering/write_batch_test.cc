#include "processor/metering/write_batch.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

TEST(WriteBatch, OrdersGrowthAndReadingsAsTheirTables) {
  WriteBatch batch;
  batch.growth = {{Level::kHour, Minute("12:00"), 1, Usage(1)},
                  {Level::kMinute, Minute("12:01"), 2, Usage(2)},
                  {Level::kMinute, Minute("12:01"), 1, Usage(3)},
                  {Level::kMinute, Minute("12:00"), 9, Usage(4)}};
  batch.readings = {{Hour(13), 1, 0, Usage(1)},
                    {Hour(12), 2, 0, Usage(2)},
                    {kNoPeriod, 9, 0, Usage(3)},
                    {Hour(12), 1, 0, Usage(4)}};
  OrderAsTables(batch);
  std::vector<std::int64_t> growth;
  std::vector<std::int64_t> readings;
  for (const GrowthRow& row : batch.growth) growth.push_back(row.growth[Metric::kRequests]);
  for (const ReadingRow& row : batch.readings) readings.push_back(row.values[Metric::kRequests]);
  EXPECT_EQ(growth, (std::vector<std::int64_t>{4, 3, 2, 1}));
  EXPECT_EQ(readings, (std::vector<std::int64_t>{3, 4, 2, 1}));
}

struct NoteRows {
  std::vector<int> notes;
};

TEST(WriteBatch, HoldsRowsThatMeteringDoesNotKnow) {
  WriteBatch batch;
  EXPECT_EQ(batch.Find<NoteRows>(), nullptr);
  batch.Of<NoteRows>().notes = {1, 2};
  batch.Of<NoteRows>().notes.push_back(3);
  const WriteBatch moved = std::move(batch);
  ASSERT_NE(moved.Find<NoteRows>(), nullptr);
  EXPECT_EQ(moved.Find<NoteRows>()->notes, (std::vector<int>{1, 2, 3}));
}

TEST(WriteBatch, FindsItsOwnRowsInTheSameWay) {
  WriteBatch batch;
  batch.growth = {{Level::kHour, Minute("12:00"), 1, Usage(1)}};
  EXPECT_EQ(batch.Find<GrowthRows>()->growth.size(), 1U);
  EXPECT_EQ(&batch.Of<GrowthRows>().growth, &batch.growth);
}

}  // namespace

}  // namespace keymeter::processor
