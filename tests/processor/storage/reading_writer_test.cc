#include "processor/storage/reading_writer.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"
#include "tests/processor/storage/usage_database.h"

namespace keymeter::processor {

namespace {

class ReadingWriterTest : public ::testing::Test {
 protected:
  ReadingWriterTest() { EXPECT_TRUE(writer_.Prepare(database_)); }

  void Put(SeriesId series, std::int64_t requests) {
    ASSERT_TRUE(writer_.Put({{Hour(12), series, At("12:03:10"), Usage(requests)}}));
  }
  /// One of each series, so many.
  void PutMany(std::int64_t count, std::int64_t requests) {
    std::vector<ReadingRow> readings;
    for (std::int64_t i = 0; i < count; ++i)
      readings.push_back({Hour(12), static_cast<SeriesId>(i + 1), At("12:03:11"), Usage(requests)});
    ASSERT_TRUE(writer_.Put(readings));
  }
  std::int64_t Int(const std::string& sql) { return database_.QueryInt(sql).value_or(-1); }
  std::int64_t Recent() { return Int("SELECT count(*) FROM reading_recent"); }
  std::int64_t Settled(SeriesId series) {
    return Int(fmt::format("SELECT requests FROM reading WHERE series = {}", series));
  }

  testing::TempDir directory_;
  Database database_ = MakeUsageDatabase(directory_.File("keymeter.db"), 20'000);
  ReadingWriter writer_;
};

TEST_F(ReadingWriterTest, TheLastReadingOfACounterSettles) {
  Put(1, 5);
  Put(2, 7);
  Put(1, 3);  // it fell
  EXPECT_EQ(Recent(), 3);
  ASSERT_TRUE(writer_.Settle());
  EXPECT_EQ(Recent(), 0);
  EXPECT_EQ(Settled(1), 3);
  EXPECT_EQ(Settled(2), 7);
  Put(1, 4);
  ASSERT_TRUE(writer_.Settle());
  EXPECT_EQ(Settled(1), 4);
}

TEST_F(ReadingWriterTest, WhatIsMoreThanMayWaitSettlesAtOnceAndComesOverWhatWaited) {
  Put(1, 5);
  PutMany(ReadingWriter::kMostRecent, 9);
  EXPECT_EQ(Recent(), 0);
  EXPECT_EQ(Settled(1), 9);
  EXPECT_EQ(Int("SELECT count(*) FROM reading"), ReadingWriter::kMostRecent);
}

TEST_F(ReadingWriterTest, NoMoreWaitThanMay) {
  PutMany(ReadingWriter::kMostRecent - 1, 1);
  Put(1, 2);
  EXPECT_EQ(Recent(), ReadingWriter::kMostRecent);
  Put(1, 3);
  EXPECT_EQ(Recent(), 0);
  EXPECT_EQ(Settled(1), 3);
}

TEST_F(ReadingWriterTest, ForgetsWhatWaitsLikeWhatIsSettled) {
  Put(1, 5);
  ASSERT_TRUE(writer_.Settle());
  Put(2, 6);
  ASSERT_TRUE(writer_.Put({{Hour(13), 1, At("13:00:10"), Usage(1)}}));
  ASSERT_TRUE(writer_.Forget(Hour(13)));
  EXPECT_EQ(Int("SELECT group_concat(bucket) FROM reading"), Hour(13));
}

TEST_F(ReadingWriterTest, WhatIsRolledBackLeavesNoTrace) {
  Put(1, 5);
  {
    auto transaction = Transaction::Begin(database_);
    ASSERT_TRUE(transaction);
    PutMany(ReadingWriter::kMostRecent, 9);
  }
  EXPECT_EQ(Recent(), 1);
  Put(1, 6);
  ASSERT_TRUE(writer_.Settle());
  EXPECT_EQ(Settled(1), 6);
}

}  // namespace

}  // namespace keymeter::processor
