#include "query-api/snapshot/catalog_cache.h"

#include <cstddef>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

class CatalogCacheTest : public ::testing::Test {
 protected:
  CatalogCacheTest() { file_.Minute(kMinuteNow, {.entity = "k1"}).Minute(kMinuteNow, {.entity = "k2"}); }

  Snapshot Take() { return std::move(*Snapshot::Take(pool_, clock_)); }

  UsageFile file_;
  ManualClock clock_{kNowMs};
  ConnectionPool pool_{file_.path(), 8};
  CatalogCache catalogs_;
};

TEST_F(CatalogCacheTest, KnowsOwnersAndNewSeries) {
  file_.Key("k1", "", "user_id = 'ann'").Key("k2", "", "user_id = 'ann'").Key("k3");
  file_.Minute(kMinuteNow, {.entity = "k3"});
  const auto owners = [&] {
    Snapshot snapshot = Take();
    const auto catalog = catalogs_.Of(snapshot).value();
    std::map<std::string, std::uint32_t> found;
    for (std::size_t key = 0; key < catalog->keys().size(); ++key)
      found[*catalog->keys()[key]] = catalog->owners()[key];
    return found;
  };
  auto found = owners();
  EXPECT_EQ(found.size(), 3U);
  EXPECT_EQ(found["k1"], found["k2"]);
  EXPECT_NE(found["k1"], found["k3"]);
  file_.Sql("UPDATE api_key SET user_id = 'bob' WHERE id = 'k2'").Minute(kMinuteNow, {.entity = "k4"});
  found = owners();
  EXPECT_EQ(found.size(), 4U);
  EXPECT_NE(found["k1"], found["k2"]);
}

TEST_F(CatalogCacheTest, AnOwnerOfWhomOnlyTheNameIsKnownIsOneToo) {
  file_.Key("k1", "", "user_username = 'ann'").Key("k2", "", "user_username = 'ann'");
  const auto owner_count = [&] {
    Snapshot snapshot = Take();
    return catalogs_.Of(snapshot).value()->owner_count();
  };
  EXPECT_EQ(owner_count(), 1U);
  file_.Sql("UPDATE api_key SET user_username = 'bob' WHERE id = 'k2'");
  EXPECT_EQ(owner_count(), 2U);
  file_.Sql("UPDATE api_key SET user_username = 'ann' WHERE id = 'k2'");
  EXPECT_EQ(owner_count(), 1U);
}

TEST_F(CatalogCacheTest, IsReadOnceForSeveralStatesOfTheFile) {
  Snapshot before = Take();
  const auto first = catalogs_.Of(before).value();
  file_.Minute(kMinuteNow, {.entity = "k1"});
  Snapshot after = Take();
  EXPECT_EQ(catalogs_.Of(after).value(), first) << "more usage of the same series";
}

TEST_F(CatalogCacheTest, ANewerCatalogFitsAnOlderSnapshot) {
  Snapshot before = Take();
  file_.Minute(kMinuteNow, {.entity = "k3"});
  Snapshot after = Take();
  const auto newer = catalogs_.Of(after).value();
  EXPECT_EQ(newer->keys().size(), 3U);
  EXPECT_EQ(catalogs_.Of(before).value(), newer);
}

TEST_F(CatalogCacheTest, IsSharedByThreads) {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([this] {
      for (int i = 0; i < 20; ++i) {
        Snapshot snapshot = Take();
        const auto catalog = catalogs_.Of(snapshot);
        ASSERT_TRUE(catalog);
        EXPECT_GE((*catalog)->keys().size(), 2U);
      }
    });
  for (int i = 0; i < 10; ++i) file_.Minute(kMinuteNow, {.entity = fmt::format("t{}", i)});
  for (std::thread& thread : threads) thread.join();
  Snapshot snapshot = Take();
  EXPECT_EQ(catalogs_.Of(snapshot).value()->keys().size(), 12U);
}

}  // namespace
}  // namespace keymeter::query_api
