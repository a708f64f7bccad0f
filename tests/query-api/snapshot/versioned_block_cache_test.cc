#include "query-api/snapshot/versioned_block_cache.h"

#include <array>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

constexpr BucketKey kHourKey{UsageTable::kHour, 3600, false};
constexpr std::uint64_t kFile = 7;

FileVersion VersionAt(std::int64_t version, std::uint64_t file = kFile) {
  return {file, 0, version, 1'000'000};
}

/// A block of `rows` rows whose only value is `value`.
CachedBucket BlockOf(std::int64_t value, std::size_t rows = 1) {
  UsageBlockBuilder builder;
  for (std::size_t row = 0; row < rows; ++row)
    builder.Add(static_cast<std::uint32_t>(row), {value, 0, 0, 0, 0, 0, 0, 0});
  return {std::make_shared<const UsageBlock>(builder.Build()), {}};
}

std::int64_t ValueOf(const CachedBucket& cached) {
  return cached.block->At(BlockColumn::kRequests, 0);
}

class VersionedBlockCacheTest : public ::testing::Test {
 protected:
  /// As a reader of that version does, before it looks.
  void AddChanges(std::int64_t version, const std::vector<BucketChange>& changes = {}) {
    if (const auto since = cache_.NeedsChangesSince(VersionAt(version)))
      cache_.AddChanges(VersionAt(version), *since, 0, changes);
  }

  VersionedBlockCache cache_{1 << 20};
};

TEST_F(VersionedBlockCacheTest, KeepsWhatDidNotChange) {
  AddChanges(5);
  cache_.Put(VersionAt(5), kHourKey, true, BlockOf(42));
  AddChanges(9);
  EXPECT_EQ(ValueOf(cache_.Find(VersionAt(9), kHourKey, true).value()), 42);
  EXPECT_EQ(ValueOf(cache_.Find(VersionAt(5), kHourKey, true).value()), 42);
}

TEST_F(VersionedBlockCacheTest, ForgetsWhatChanged) {
  AddChanges(5);
  cache_.Put(VersionAt(5), kHourKey, true, BlockOf(42));
  AddChanges(9, {{Level::kHour, 3600, 7}});
  EXPECT_FALSE(cache_.Find(VersionAt(9), kHourKey, true));
  EXPECT_EQ(cache_.bytes(), 0U);
}

TEST_F(VersionedBlockCacheTest, AChangeOfABucketIsOneOfWhatIsUntimedInItAndOfItsTotal) {
  AddChanges(5);
  for (const UsageTable table : {UsageTable::kHour, UsageTable::kUntimedHour, UsageTable::kDay})
    for (const bool is_total : {false, true})
      cache_.Put(VersionAt(5), {table, 3600, is_total}, true, BlockOf(1));
  AddChanges(6, {{Level::kHour, 3600, 6}});
  for (const bool is_total : {false, true}) {
    EXPECT_FALSE(cache_.Find(VersionAt(6), {UsageTable::kHour, 3600, is_total}, true));
    EXPECT_FALSE(cache_.Find(VersionAt(6), {UsageTable::kUntimedHour, 3600, is_total}, true));
    EXPECT_TRUE(cache_.Find(VersionAt(6), {UsageTable::kDay, 3600, is_total}, true));
  }
}

TEST_F(VersionedBlockCacheTest, WhatANewerReaderReadIsNotShownToAnOlderOneAcrossAChange) {
  AddChanges(5);
  AddChanges(9, {{Level::kHour, 3600, 7}});
  cache_.Put(VersionAt(9), kHourKey, true, BlockOf(43));
  EXPECT_FALSE(cache_.Find(VersionAt(5), kHourKey, true));
  EXPECT_FALSE(cache_.Find(VersionAt(6), kHourKey, true));
  EXPECT_TRUE(cache_.Find(VersionAt(7), kHourKey, true));
}

TEST_F(VersionedBlockCacheTest, WhatAnOlderReaderReadDoesNotOutliveAChange) {
  AddChanges(5);
  AddChanges(9, {{Level::kHour, 3600, 7}});
  cache_.Put(VersionAt(5), kHourKey, true, BlockOf(42));
  EXPECT_FALSE(cache_.Find(VersionAt(9), kHourKey, true));
  cache_.Put(VersionAt(8), kHourKey, true, BlockOf(43));
  EXPECT_EQ(ValueOf(cache_.Find(VersionAt(9), kHourKey, true).value()), 43);
}

TEST_F(VersionedBlockCacheTest, AnOpenBucketIsForItsOwnVersionOnly) {
  AddChanges(5);
  cache_.Put(VersionAt(5), kHourKey, false, BlockOf(1));
  EXPECT_TRUE(cache_.Find(VersionAt(5), kHourKey, false));
  EXPECT_FALSE(cache_.Find(VersionAt(5), kHourKey, true)) << "closed by a roll-up since";
  FileVersion rolled = VersionAt(5);
  rolled.rolled_until += 60;
  EXPECT_FALSE(cache_.Find(rolled, kHourKey, false));
  AddChanges(6);
  EXPECT_FALSE(cache_.Find(VersionAt(6), kHourKey, false));
}

TEST_F(VersionedBlockCacheTest, AnotherFileEmptiesIt) {
  AddChanges(5);
  cache_.Put(VersionAt(5), kHourKey, true, BlockOf(42));
  EXPECT_FALSE(cache_.NeedsChangesSince(VersionAt(5, kFile + 1)));
  EXPECT_FALSE(cache_.Find(VersionAt(5, kFile + 1), kHourKey, true));
  cache_.Put(VersionAt(5), kHourKey, true, BlockOf(42));  // by who still reads the old one
  EXPECT_FALSE(cache_.Find(VersionAt(5, kFile + 1), kHourKey, true));
  EXPECT_FALSE(cache_.Find(VersionAt(5), kHourKey, true));
}

TEST_F(VersionedBlockCacheTest, ChangesThatAreNotListedAnyMoreCountAsChangesOfEverything) {
  AddChanges(5);
  cache_.Put(VersionAt(5), kHourKey, true, BlockOf(42));
  ASSERT_EQ(cache_.NeedsChangesSince(VersionAt(9)), 5);
  cache_.AddChanges(VersionAt(9), 5, 6, {});
  EXPECT_FALSE(cache_.Find(VersionAt(9), kHourKey, true));
  cache_.Put(VersionAt(9), kHourKey, true, BlockOf(43));
  EXPECT_FALSE(cache_.Find(VersionAt(5), kHourKey, true));
  EXPECT_TRUE(cache_.Find(VersionAt(6), kHourKey, true));
}

TEST_F(VersionedBlockCacheTest, HoldsItsBytes) {
  AddChanges(1);
  for (std::int64_t i = 0; i < 3000; ++i) {
    cache_.Put(VersionAt(1), {UsageTable::kMinute, i * 60, false}, true, BlockOf(i, 100));
    ASSERT_LE(cache_.bytes(), cache_.max_bytes());
    ASSERT_TRUE(cache_.Find(VersionAt(1), {UsageTable::kMinute, 0, false}, true)) << "what is used stays";
  }
  EXPECT_GT(cache_.bytes(), cache_.max_bytes() / 2);
  EXPECT_FALSE(cache_.Find(VersionAt(1), {UsageTable::kMinute, 60, false}, true))
      << "what is not used goes first";
  cache_.Put(VersionAt(1), kHourKey, true, BlockOf(1, 1'000'000));
  EXPECT_FALSE(cache_.Find(VersionAt(1), kHourKey, true)) << "more than all of it";
}

TEST_F(VersionedBlockCacheTest, MoreChangesThanItRemembersCountAsChangesOfEverything) {
  AddChanges(1);
  cache_.Put(VersionAt(1), kHourKey, true, BlockOf(1));
  std::vector<BucketChange> changes;
  for (std::size_t i = 0; i <= VersionedBlockCache::kMaxChanges; ++i)
    changes.push_back({Level::kMinute, static_cast<std::int64_t>(i) * 60, 2});
  AddChanges(2, changes);
  EXPECT_FALSE(cache_.Find(VersionAt(2), kHourKey, true));
  cache_.Put(VersionAt(2), kHourKey, true, BlockOf(2));
  EXPECT_FALSE(cache_.Find(VersionAt(1), kHourKey, true));
  EXPECT_TRUE(cache_.Find(VersionAt(2), kHourKey, true));
}

/// A file that only says when each of its buckets changed: what a bucket holds at a version is its last
/// change up to it.
class ChangingFile {
 public:
  ChangingFile() {
    std::mt19937 random(3);
    for (std::int64_t version = 1; version < kVersions; ++version)
      if (random() % 3 == 0) changes_.push_back({Level::kHour, BucketAt(random()), version});
  }

  static std::int64_t BucketAt(std::uint64_t random) {
    return static_cast<std::int64_t>(random % kBuckets) * kHourSeconds;
  }
  [[nodiscard]] std::int64_t ValueAt(std::int64_t version, std::int64_t bucket) const {
    std::int64_t value = 0;
    for (const BucketChange& change : changes_)
      if (change.bucket == bucket && change.data_version <= version) value = change.data_version;
    return value;
  }
  /// As bucket_change lists them: of each bucket the last one.
  [[nodiscard]] std::vector<BucketChange> ListedAt(std::int64_t version, std::int64_t since) const {
    std::vector<BucketChange> listed;
    for (std::int64_t bucket = 0; bucket < kBuckets * kHourSeconds; bucket += kHourSeconds)
      if (const std::int64_t last = ValueAt(version, bucket); last > since)
        listed.push_back({Level::kHour, bucket, last});
    return listed;
  }

  static constexpr std::int64_t kVersions = 300;
  static constexpr std::int64_t kBuckets = 6;

 private:
  std::vector<BucketChange> changes_;
};

/// What a reader does that may be slow: it looks for buckets of its version, and puts there what is missing.
int ReadAt(VersionedBlockCache& cache, const ChangingFile& file, std::int64_t version, std::mt19937& random) {
  const FileVersion at = VersionAt(version);
  if (const auto since = cache.NeedsChangesSince(at))
    cache.AddChanges(at, *since, 0, file.ListedAt(version, *since));
  int found_count = 0;
  for (int i = 0; i < 8; ++i) {
    const std::int64_t bucket = ChangingFile::BucketAt(random());
    const BucketKey key{UsageTable::kHour, bucket, false};
    const std::int64_t expected = file.ValueAt(version, bucket);
    if (const auto found = cache.Find(at, key, true)) {
      EXPECT_EQ(ValueOf(*found), expected) << "bucket " << bucket << " at version " << version;
      ++found_count;
    } else {
      cache.Put(at, key, true, BlockOf(expected));
    }
  }
  return found_count;
}

TEST_F(VersionedBlockCacheTest, ReadersOfAnyVersionsSeeTheirOwnState) {
  const ChangingFile file;
  std::mt19937 random(5);
  int found = 0;
  for (std::int64_t newest = 1; newest < ChangingFile::kVersions; ++newest)
    for (int i = 0; i < 20; ++i) {
      const std::int64_t age = static_cast<std::int64_t>(random() % 12);
      found += ReadAt(cache_, file, std::max<std::int64_t>(1, newest - age), random);
    }
  EXPECT_GT(found, 10'000) << "or nothing was tested";
}

TEST_F(VersionedBlockCacheTest, ReadersInManyThreadsSeeTheirOwnState) {
  const ChangingFile file;
  std::array<int, 4> found{};
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < found.size(); ++thread)
    threads.emplace_back([&, thread] {
      std::mt19937 random(thread);
      for (std::int64_t newest = 1; newest < ChangingFile::kVersions; ++newest) {
        const std::int64_t age = static_cast<std::int64_t>(random() % 12);
        found[thread] += ReadAt(cache_, file, std::max<std::int64_t>(1, newest - age), random);
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const int count : found) EXPECT_GT(count, 0);
}

}  // namespace
}  // namespace keymeter::query_api
