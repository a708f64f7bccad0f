#include "processor/storage/bucket_change_writer.h"

#include <gtest/gtest.h>

#include "processor/storage/window_writer.h"
#include "tests/processor/metering/values.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {
namespace {

using Lines = std::vector<std::string>;

/// A writer of API key "k" at +00:00 that has rolled up until 12:30.
class BucketChangeWriterTest : public ::testing::Test {
 protected:
  BucketChangeWriterTest() {
    WriteBatch batch;
    batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}, {2, {EntityKind::kAccount, "a", "m"}}};
    batch.utc_offset_s = 0;
    Write(batch);
    EXPECT_TRUE(writer_.RollUp(Minute("12:30")));
  }

  void Write(const WriteBatch& batch) { ASSERT_TRUE(writer_.Write(batch)); }
  void Grow(Level level, std::int64_t bucket, SeriesId series = 1) {
    WriteBatch batch;
    batch.growth.push_back({level, bucket, series, Usage(1, 10)});
    Write(batch);
  }
  /// "hour 12:00" for each bucket that was noted, those of this data version only.
  [[nodiscard]] Lines Noted() const {
    Lines lines;
    for (const auto& row : testing::DatabaseRows(path_).Query(
             "SELECT level || strftime(' %m-%d %H:%M', bucket, 'unixepoch') AS line FROM bucket_change, "
             "source_state WHERE bucket_change.data_version = source_state.data_version ORDER BY bucket, "
             "line"))
      lines.push_back(row.at("line"));
    return lines;
  }
  [[nodiscard]] std::string Value(const std::string& sql) const {
    return testing::DatabaseRows(path_).Value(sql);
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  WindowWriter writer_ = WindowWriter::Open(path_).value();
};

TEST_F(BucketChangeWriterTest, FlushesAndRollUpsNoteNothing) {
  for (int i = 30; i < 60; ++i) {
    Grow(Level::kMinute, Minute(fmt::format("12:{}", i)));
    Grow(Level::kHour, Hour(12));
    ASSERT_TRUE(writer_.RollUp(Minute(fmt::format("12:{}", i))));
  }
  Grow(Level::kMinute, Minute("13:00"));
  ASSERT_TRUE(writer_.RollUp(Minute("13:01")));
  EXPECT_EQ(Value("SELECT count(*) FROM bucket_change"), "0");
}

TEST_F(BucketChangeWriterTest, ALateMinuteIsNotedWhileItsHourIsOpen) {
  Grow(Level::kMinute, Minute("12:29"));
  EXPECT_EQ(Noted(), Lines({"minute 11-20 12:29"}));
}

TEST_F(BucketChangeWriterTest, ALateMinuteOfAClosedHourIsNotedWithIt) {
  Grow(Level::kMinute, Minute("11:59"), 2);
  EXPECT_EQ(Noted(), Lines({"hour 11-20 11:00", "minute 11-20 11:59"}));
}

TEST_F(BucketChangeWriterTest, HistoryIsNotedAtEveryLevelThatIsClosed) {
  Grow(Level::kHour, Hour(-30));
  EXPECT_EQ(Noted(), Lines({"day 11-18 00:00", "hour 11-18 18:00"}));
  Grow(Level::kDay, Hour(-24 * 30));
  EXPECT_EQ(Noted(), Lines({"month 10-01 00:00", "day 10-21 00:00"}));
  Grow(Level::kMonth, Hour(-24 * 80));
  EXPECT_EQ(Noted(), Lines({"month 09-01 00:00"}));
}

TEST_F(BucketChangeWriterTest, AClosedDayOfTheRelayIsNotedWhenSomethingWasMissing) {
  WriteBatch batch;
  batch.history.push_back({Level::kDay, Hour(-24), EntityKind::kApiKey, 1, Usage(5, 50)});
  Write(batch);
  EXPECT_EQ(Noted(), Lines({"day 11-19 00:00"}));
  Write(batch);
  EXPECT_TRUE(Noted().empty()) << "it is there already";
}

TEST_F(BucketChangeWriterTest, WhatRetentionMovesToItsHourIsNotedThere) {
  ASSERT_TRUE(writer_.retention().Advance(writer_.database(), {Hour(12), 0, 0}));
  Grow(Level::kMinute, Minute("10:15"));
  EXPECT_EQ(Noted(), Lines({"hour 11-20 10:00"}));
}

TEST_F(BucketChangeWriterTest, ARefusedBatchNotesNothing) {
  WriteBatch batch;
  batch.growth.push_back({Level::kMinute, Minute("11:00"), 1, Usage(1)});
  batch.growth.push_back({Level::kMinute, Minute("11:00"), 99, Usage(1)});
  batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}};  // its number is taken
  EXPECT_FALSE(writer_.Write(batch));
  EXPECT_EQ(Value("SELECT count(*) FROM bucket_change"), "0");
  Grow(Level::kMinute, Minute("12:29"));
  EXPECT_EQ(Noted(), Lines({"minute 11-20 12:29"}));
}

TEST_F(BucketChangeWriterTest, TheListIsBoundedAndSaysSo) {
  WriteBatch batch;
  const std::int64_t count = BucketChangeWriter::kListed + 500;
  for (std::int64_t i = 0; i < count; ++i) {
    batch.growth.push_back({Level::kMinute, Minute("12:29") - i * 60, 1, Usage(1)});
    if (i % 100 != 99) continue;
    Write(batch);
    batch.growth.clear();
  }
  EXPECT_LE(std::stoll(Value("SELECT count(*) FROM bucket_change")), BucketChangeWriter::kListed);
  const std::int64_t oldest = std::stoll(Value("SELECT min(data_version) FROM bucket_change"));
  EXPECT_EQ(std::stoll(Value("SELECT changes_from FROM source_state")), oldest - 1);
}

TEST_F(BucketChangeWriterTest, OwnersHaveAVersionOfTheirOwn) {
  const auto owned_by = [&](const std::string& owner, const std::string& name) {
    WriteBatch batch;
    batch.entities.push_back(
        {EntityRow::Table::kApiKey, "k", false, {{"user_id", owner}, {"name", name}}, ""});
    Write(batch);
    return std::stoll(Value("SELECT owners_version FROM source_state"));
  };
  const auto first = owned_by("ann", "a");
  EXPECT_EQ(owned_by("ann", "another name"), first);
  EXPECT_EQ(owned_by("bob", "another name"), first + 1);
}

}  // namespace
}  // namespace keymeter::processor
