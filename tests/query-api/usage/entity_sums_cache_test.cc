#include "query-api/usage/entity_sums_cache.h"

#include <future>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "query-api/usage/usage_caches.h"
#include "tests/support/usage_file.h"
#include "tests/support/wait_for.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::WaitFor;
using Kind = SeriesCatalog::Kind;

class EntitySumsCacheTest : public ::testing::Test {
 protected:
  EntitySumsCacheTest() { Use(); }

  void Use() { file_.Minute(kMinuteNow, {.entity = "k1", .requests = 2}); }
  Snapshot Take() { return std::move(*Snapshot::Take(pool_, clock_)); }

  UsageFile file_;
  ManualClock clock_{kNowMs};
  ConnectionPool pool_{file_.path(), 8};
  UsageCaches caches_;
  EntitySumsCache& cache_ = caches_.sums;
};

TEST_F(EntitySumsCacheTest, EachStateIsMadeOnce) {
  Snapshot snapshot = Take();
  const auto first = cache_.Of(snapshot, Kind::kApiKey);
  ASSERT_TRUE(first);
  EXPECT_EQ((*first)->total(*(*first)->Find("k1")).requests, 2);
  Snapshot again = Take();
  EXPECT_EQ(*cache_.Of(again, Kind::kApiKey), *first);
  Use();
  Snapshot later = Take();
  const auto second = cache_.Of(later, Kind::kApiKey);
  EXPECT_EQ((*second)->total(*(*second)->Find("k1")).requests, 4);
  EXPECT_EQ(*cache_.Of(snapshot, Kind::kApiKey), *first) << "an answer that began before finds its own";
}

TEST_F(EntitySumsCacheTest, AnotherDayIsAnotherState) {
  Snapshot today = Take();
  const auto first = cache_.Of(today, Kind::kApiKey);
  EXPECT_EQ((*first)->today(*(*first)->Find("k1")).requests, 2);
  clock_.AdvanceMs(kDaySeconds * 1000);
  Snapshot tomorrow = Take();
  const auto second = cache_.Of(tomorrow, Kind::kApiKey);
  EXPECT_EQ((*second)->today(*(*second)->Find("k1")).requests, 0);
  EXPECT_EQ((*second)->total(*(*second)->Find("k1")).requests, 2);
}

TEST_F(EntitySumsCacheTest, OneThreadMakesSumsOfAKindAndOthersAreToldToWait) {
  std::optional<EntitySumsCache::Making> making = cache_.StartMaking(Kind::kApiKey);
  ASSERT_TRUE(making);
  EXPECT_FALSE(cache_.StartMaking(Kind::kApiKey));
  Snapshot snapshot = Take();
  EXPECT_FALSE(cache_.Prepare(snapshot, Kind::kApiKey).value());
  EXPECT_TRUE(cache_.Prepare(snapshot, Kind::kAccount).value()) << "accounts are others";
  making.reset();
  EXPECT_TRUE(cache_.Prepare(snapshot, Kind::kApiKey).value());
}

TEST_F(EntitySumsCacheTest, WhatIsThereNeedsNoMaker) {
  Snapshot snapshot = Take();
  ASSERT_TRUE(cache_.Prepare(snapshot, Kind::kApiKey).value());
  const auto making = cache_.StartMaking(Kind::kApiKey);
  EXPECT_TRUE(cache_.Prepare(snapshot, Kind::kApiKey).value());
  EXPECT_TRUE(cache_.Of(snapshot, Kind::kApiKey));
}

TEST_F(EntitySumsCacheTest, WaitersGoOnWhenTheMakerEnds) {
  std::optional<EntitySumsCache::Making> making = cache_.StartMaking(Kind::kAccount);
  std::vector<std::future<void>> waiters;
  for (std::size_t i = 0; i < 9; ++i)
    waiters.push_back(std::async(std::launch::async, [&] { cache_.AwaitMaker(Kind::kAccount); }));
  ASSERT_TRUE(WaitFor([&] { return cache_.waiting(Kind::kAccount) == 9; }));
  making.reset();
  for (auto& waiter : waiters) waiter.get();
  EXPECT_EQ(cache_.waiting(Kind::kAccount), 0U);
  cache_.AwaitMaker(Kind::kAccount);  // nobody is making any
}

TEST_F(EntitySumsCacheTest, ManyThreadsSeeTheirOwnStates) {
  std::vector<std::future<void>> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread)
    threads.push_back(std::async(std::launch::async, [&] {
      for (int i = 0; i < 20; ++i) {
        Snapshot snapshot = Take();
        const auto sums = cache_.Of(snapshot, Kind::kApiKey);
        ASSERT_TRUE(sums);
        auto query = snapshot.lease.Prepare("SELECT sum(requests) FROM usage_minute");
        ASSERT_TRUE((*query)->Step().value());
        EXPECT_EQ((*sums)->total(*(*sums)->Find("k1")).requests, (*query)->Int(0));
      }
    }));
  for (int i = 0; i < 20; ++i) Use();
  for (auto& thread : threads) thread.get();
}

}  // namespace
}  // namespace keymeter::query_api
