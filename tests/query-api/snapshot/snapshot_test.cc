#include "query-api/snapshot/snapshot.h"

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

TEST(FileVersion, ARollUpAloneChangesNoData) {
  const FileVersion before{.file = 1, .utc_offset_s = 0, .data_version = 5, .rolled_until = 60};
  FileVersion after = before;
  after.rolled_until = 120;
  EXPECT_TRUE(before.HasSameData(after));
  EXPECT_NE(before, after);
  EXPECT_TRUE(before.IsNoLaterThan(after));
  EXPECT_FALSE(after.IsNoLaterThan(before));
}

TEST(FileVersion, AnotherFileOrOffsetIsNeitherEarlierNorLater) {
  const FileVersion one{.file = 1, .utc_offset_s = 0, .data_version = 5, .rolled_until = 60};
  FileVersion other = one;
  other.file = 2;
  EXPECT_FALSE(one.HasSameData(other));
  EXPECT_FALSE(one.IsNoLaterThan(other));
  other = one;
  other.utc_offset_s = 3600;
  EXPECT_FALSE(one.IsOfSameFile(other));
  EXPECT_FALSE(one.IsNoLaterThan(other));
}

TEST(Snapshot, SeesOneStateAndOneTime) {
  UsageFile file;
  file.Heartbeat(kNowMs - 400);
  ManualClock clock(kNowMs);
  ConnectionPool pool(file.path(), 2);
  const auto before = Snapshot::Take(pool, clock);
  ASSERT_TRUE(before);
  file.Minute(kMinuteNow, {.entity = "k1"});
  clock.AdvanceMs(1000);
  const auto after = Snapshot::Take(pool, clock);
  ASSERT_TRUE(after);
  EXPECT_EQ(before->now_ms, kNowMs);
  EXPECT_LT(before->version().data_version, after->version().data_version);
  EXPECT_TRUE(before->version().IsNoLaterThan(after->version()));
}

TEST(SourceState, IsWhatTheFileSays) {
  UsageFile file;
  ManualClock clock(kNowMs);
  ConnectionPool pool(file.path(), 1);
  {
    const auto snapshot = Snapshot::Take(pool, clock);
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->state.profile, "test");
    EXPECT_EQ(snapshot->state.utc_offset_s, kOffset);
    EXPECT_EQ(snapshot->state.rolled_until, kMinuteNow);
    EXPECT_FALSE(snapshot->state.last_event_ms);
  }
  file.Heartbeat(kNowMs, "lag_ms = 17, problem = 'p', minutes_from = 60, hours_from = 50, days_from = 40");
  const auto snapshot = Snapshot::Take(pool, clock);
  ASSERT_TRUE(snapshot);
  EXPECT_TRUE(snapshot->state.has_processor);
  EXPECT_EQ(snapshot->state.last_event_ms, kNowMs);
  EXPECT_EQ(snapshot->state.lag_ms, 17);
  EXPECT_EQ(snapshot->state.problem, "p");
  EXPECT_EQ(snapshot->state.horizons.minutes, 60);
  EXPECT_EQ(snapshot->state.horizons.days, 40);
}

TEST(Snapshot, WithoutAFileIsUnavailable) {
  ManualClock clock(kNowMs);
  ConnectionPool pool("/nonexistent/keymeter.db", 1);
  const auto snapshot = Snapshot::Take(pool, clock);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace keymeter::query_api
