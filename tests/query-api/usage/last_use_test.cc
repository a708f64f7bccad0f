#include "query-api/usage/last_use.h"

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

class LastUseOfAccounts : public ::testing::Test {
 protected:
  LastUseOfAccounts() { UsedAt("a1", kLongAgo); }

  void UsedAt(const std::string& account, std::int64_t minute) {
    file_.Minute(minute, {.kind = "account", .entity = account});
  }
  [[nodiscard]] std::optional<std::int64_t> Of(const std::string& account) { return Of(cache_, account); }
  [[nodiscard]] std::optional<std::int64_t> Of(LastUseCache& cache, const std::string& account) {
    auto snapshot = Snapshot::Take(pool_, clock_);
    return *cache.Of(*snapshot, account);
  }

  static constexpr std::int64_t kLongAgo = kHourNow - 100 * kDaySeconds;
  static constexpr std::int64_t kRecovered = kHourNow - kHourSeconds;
  UsageFile file_;
  ManualClock clock_{kNowMs};
  ConnectionPool pool_{file_.path(), 1};
  LastUseCache cache_;
};

TEST_F(LastUseOfAccounts, IsTheBeginOfTheFinestBucketThatIsKnown) {
  EXPECT_EQ(Of("a1"), kLongAgo);
  file_.Untimed(Level::kHour, kRecovered, {.kind = "account", .entity = "a2"});
  EXPECT_EQ(Of("a2"), kRecovered);
  UsedAt("a3", kMinuteNow);
  EXPECT_EQ(Of("a3"), kMinuteNow) << "rolled up into no hour yet";
  EXPECT_EQ(Of("nobody"), std::nullopt);
}

TEST_F(LastUseOfAccounts, IsKeptForAMinute) {
  EXPECT_EQ(Of("a1"), kLongAgo);
  UsedAt("a1", kRecovered);
  clock_.AdvanceMs(LastUseCache::kKeptMs - 1);
  EXPECT_EQ(Of("a1"), kLongAgo);
  clock_.AdvanceMs(1);
  EXPECT_EQ(Of("a1"), kRecovered);
}

TEST_F(LastUseOfAccounts, IsKeptOfSoManyAtMost) {
  LastUseCache two(2);
  EXPECT_EQ(Of(two, "a1"), kLongAgo);
  UsedAt("a1", kRecovered);
  EXPECT_EQ(Of(two, "a2"), std::nullopt);
  EXPECT_EQ(Of(two, "a1"), kLongAgo);
  EXPECT_EQ(Of(two, "a3"), std::nullopt);
  EXPECT_EQ(Of(two, "a1"), kRecovered) << "the third made room";
}

TEST_F(LastUseOfAccounts, ReadsOnceWhichBucketsAStateOfTheFileHas) {
  EXPECT_EQ(Of("a1"), kLongAgo);
  const std::int64_t version = file_.Int("SELECT data_version FROM source_state");
  UsedAt("a2", kMinuteNow);
  file_.Sql(fmt::format("UPDATE source_state SET data_version = {}", version));
  EXPECT_EQ(Of("a2"), std::nullopt) << "by its version the state is the same";
  UsedAt("a3", kMinuteNow);
  EXPECT_EQ(Of("a3"), kMinuteNow);
}

}  // namespace
}  // namespace keymeter::query_api
