#include "processor/storage/stored_state.h"

#include <gtest/gtest.h>

#include "processor/storage/window_writer.h"
#include "tests/processor/metering/values.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

class StoredStateTest : public ::testing::Test {
 protected:
  Result<StoredState> Load() { return LoadState(writer_.database(), registry_, counters_, lost_); }

  testing::TempDir directory_;
  WindowWriter writer_ = WindowWriter::Open(directory_.File("keymeter.db")).value();
  SeriesRegistry registry_;
  CounterTable counters_;
  LostAmounts lost_;
};

TEST_F(StoredStateTest, IsEmptyInAFreshFile) {
  const auto state = Load();
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_TRUE(state->profile_uses.empty());
  EXPECT_FALSE(state->utc_offset_s);
  EXPECT_FALSE(state->covered_until_ms);
  EXPECT_EQ(registry_.size(), 0U);
  EXPECT_EQ(counters_.size(), 0U);
}

TEST_F(StoredStateTest, GivesBackWhatWasWritten) {
  WriteBatch batch;
  batch.new_series = {{1, {EntityKind::kApiKey, "k", "deepseek/r1:free"}},
                      {2, {EntityKind::kAccount, "ä", ""}}};
  batch.readings = {{kNoPeriod, 2, At("12:03:10"), Usage(9)},
                    {Hour(12), 2, At("12:03:10"), Usage(5, 50)},
                    {Hour(11), 1, At("11:59:59"), Usage(7)}};
  batch.profile = "relay";
  batch.profile_uses = {{0, "older", 0}, {Hour(13), "relay", At("12:03:00")}};
  batch.utc_offset_s = 0;
  batch.covered_until_ms = At("12:03:11");
  ASSERT_TRUE(writer_.Write(batch));

  const auto state = Load();
  ASSERT_TRUE(state) << state.error().message;
  ASSERT_EQ(state->profile_uses.size(), 2U);
  EXPECT_EQ(state->profile_uses[1].profile, "relay");
  EXPECT_EQ(state->profile_uses[1].from_hour, Hour(13));
  EXPECT_EQ(state->profile_uses[1].since_ms, At("12:03:00"));
  EXPECT_EQ(state->utc_offset_s, 0);
  EXPECT_EQ(state->covered_until_ms, At("12:03:11"));
  ASSERT_EQ(registry_.size(), 2U);
  EXPECT_EQ(registry_.Find(EntityKind::kApiKey, "k", "deepseek/r1:free"), 1U);
  EXPECT_EQ(registry_.Find(EntityKind::kAccount, "ä", ""), 2U);
  ASSERT_EQ(counters_.size(), 3U);
  EXPECT_EQ(counters_.Find(2, kNoPeriod)->reading, Usage(9));
  const Counter* counter = counters_.Find(2, Hour(12));
  ASSERT_NE(counter, nullptr);
  EXPECT_EQ(counter->reading, Usage(5, 50));
  EXPECT_EQ(counter->read_ms, At("12:03:10"));
  EXPECT_EQ(counter->session, 0U);
}

TEST_F(StoredStateTest, GivesTheLastReadingWhetherOrNotItIsSettled) {
  WriteBatch batch;
  batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}};
  batch.readings = {{Hour(12), 1, At("12:03:10"), Usage(5)}};
  ASSERT_TRUE(writer_.Write(batch));
  ASSERT_TRUE(writer_.RollUp(Minute("12:04")));
  batch.new_series.clear();
  for (const std::int64_t requests : {9, 6}) {  // 6: it fell
    batch.readings = {{Hour(12), 1, At("12:04:10"), Usage(requests)}};
    ASSERT_TRUE(writer_.Write(batch));
  }
  ASSERT_TRUE(Load());
  EXPECT_EQ(counters_.Find(1, Hour(12))->reading, Usage(6));
}

TEST_F(StoredStateTest, KeepsTheProofOfTimeWhereABatchSaysNothingOfIt) {
  WriteBatch batch;
  batch.time = {7000, 9000, 5};
  ASSERT_TRUE(writer_.Write(batch));
  ASSERT_TRUE(writer_.Write({}));
  EXPECT_EQ(Load().value().time, batch.time);
  batch.time = {9000, 9000, 0};
  ASSERT_TRUE(writer_.Write(batch));
  EXPECT_EQ(Load().value().time, batch.time);
}

TEST_F(StoredStateTest, SumsWhatCountersLostThatAreStillKept) {
  WriteBatch batch;
  batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}};
  batch.readings = {{Hour(12), 1, At("12:03:10"), Usage(5)}};
  batch.adjustments = {{At("12:03:10"), FallReason::kReset, Hour(12), 1, Usage(3)},
                       {At("12:03:10"), FallReason::kRollback, Hour(12), 1, Usage(4)},
                       {At("12:03:10"), FallReason::kReset, Hour(11), 1, Usage(9)}};
  ASSERT_TRUE(writer_.Write(batch));
  ASSERT_TRUE(Load());
  EXPECT_EQ(lost_.Of(1, Hour(12)), Usage(7));
  EXPECT_EQ(lost_.Of(1, Hour(11)), Amounts{}) << "no reading of it is kept";
}

TEST_F(StoredStateTest, RefusesAFileThatLacksASeries) {
  WriteBatch batch;
  batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}, {2, {EntityKind::kApiKey, "k", "n"}}};
  ASSERT_TRUE(writer_.Write(batch));
  ASSERT_TRUE(writer_.database().Execute("PRAGMA foreign_keys = OFF; DELETE FROM series WHERE id = 1"));
  const auto state = Load();
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(state.error().message, "load series: series 1 is missing from the file");
}

TEST_F(StoredStateTest, RefusesAReadingOfNoSeries) {
  ASSERT_TRUE(writer_.database().Execute(
      "PRAGMA foreign_keys = OFF; INSERT INTO reading VALUES (3600, 7, 1, 0, 0, 0, "
      "0, 0, 0, 0, 0, 0)"));
  const auto state = Load();
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, ErrorCode::kCorrupt);
}

}  // namespace

}  // namespace keymeter::processor
