#include "query-api/snapshot/usage_blocks.h"

#include <deque>
#include <filesystem>
#include <map>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "query-api/snapshot/catalog_cache.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

using RowTable = std::vector<std::vector<std::int64_t>>;

class Blocks : public ::testing::Test {
 protected:
  Blocks() {
    for (std::int64_t i = 0; i < 200; ++i)
      file_.Minute(kMinuteNow - i * 60, {.entity = i % 3 == 0 ? "k1" : "k2", .requests = i + 1});
    file_.Minute(kMinuteNow - 600, {.kind = "account", .entity = "a1", .requests = 8})
        .Untimed(Level::kHour, kHourNow - 3600, {.entity = "k1", .requests = 5})
        .Untimed(Level::kDay, Day(-3), {.entity = "k2", .requests = 6});
  }

  static std::int64_t Day(std::int64_t days) {
    return BucketOf(Level::kDay, kNow, kOffset) + days * kDaySeconds;
  }
  Snapshot Take() { return std::move(*Snapshot::Take(pool_, clock_)); }

  RowTable FromBlocks(Snapshot& snapshot, UsageTable table, std::int64_t from, std::int64_t to) {
    RowTable rows;
    const auto read = blocks_.Each(snapshot, table, from, to, [&](std::int64_t bucket, const auto& block) {
      for (std::size_t row = 0; row < block->rows(); ++row) {
        rows.push_back({bucket, block->Series(row)});
        for (std::size_t column = 0; column < kBlockColumns; ++column)
          rows.back().push_back(block->At(static_cast<BlockColumn>(column), row));
      }
    });
    EXPECT_TRUE(read);
    return rows;
  }
  static RowTable FromSql(Snapshot& snapshot, UsageTable table, std::int64_t from, std::int64_t to) {
    const std::string level(LevelName(LevelOf(table)));
    auto query = snapshot.lease.Prepare(fmt::format(
        "SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, "
        "cache_read_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros FROM usage_{} WHERE {} "
        "bucket >= {} AND bucket < {}",
        IsUntimed(table) ? "untimed" : level, IsUntimed(table) ? "level = '" + level + "' AND" : "", from,
        to));
    EXPECT_TRUE(query);
    RowTable rows;
    while ((*query)->Step().value_or(false)) {
      rows.emplace_back();
      for (int column = 0; column < 10; ++column) rows.back().push_back((*query)->Int(column));
    }
    return rows;
  }
  void ExpectSameAsSql(Snapshot& snapshot, const std::string& what) {
    for (const UsageTable table :
         {UsageTable::kMinute, UsageTable::kHour, UsageTable::kDay, UsageTable::kMonth,
          UsageTable::kUntimedHour, UsageTable::kUntimedDay, UsageTable::kUntimedMonth}) {
      const Level level = LevelOf(table);
      const std::int64_t span = level == Level::kMinute ? 20'000 : 10 * kDaySeconds;
      const std::int64_t from = BucketOf(level, kNow - span, kOffset);
      ASSERT_EQ(FromBlocks(snapshot, table, from, kNow + 600), FromSql(snapshot, table, from, kNow + 600))
          << what << ", table " << static_cast<int>(table);
    }
  }

  UsageFile file_;
  ManualClock clock_{kNowMs};
  ConnectionPool pool_{file_.path(), 8};
  UsageBlocks blocks_;
  CatalogCache catalogs_;
};

TEST_F(Blocks, GiveWhatTheFileHolds) {
  for (int i = 0; i < 3; ++i) {
    Snapshot snapshot = Take();
    ExpectSameAsSql(snapshot, fmt::format("round {}", i));
  }
  EXPECT_GT(blocks_.bytes(), 0U);
}

TEST_F(Blocks, OneBucketIsFoundByItself) {
  Snapshot snapshot = Take();
  const auto block = blocks_.Get(snapshot, Level::kHour, kHourNow - 3600);
  ASSERT_TRUE(block);
  std::int64_t requests = 0;
  for (std::size_t row = 0; row < (*block)->rows(); ++row)
    requests += (*block)->At(BlockColumn::kRequests, row);
  EXPECT_EQ(requests, file_.Int(fmt::format("SELECT sum(requests) FROM usage_hour WHERE bucket = {}",
                                            kHourNow - 3600)));
  EXPECT_EQ((*blocks_.Get(snapshot, Level::kDay, Day(-9)))->rows(), 0U);
}

TEST_F(Blocks, AreTheFilesWhateverIsChanged) {
  std::mt19937 random(11);
  std::deque<Snapshot> older;
  for (int round = 0; round < 60; ++round) {
    const std::int64_t minute = kMinuteNow - static_cast<std::int64_t>(random() % 300) * 60;
    const Used used{.entity = fmt::format("k{}", random() % 4), .requests = 3};
    switch (random() % 4) {
      case 0:
        file_.Minute(minute, used);
        break;
      case 1:
        file_.Untimed(Level::kHour, BucketOf(Level::kHour, minute, 0), used);
        break;
      case 2:
        file_.Untimed(Level::kDay, Day(-static_cast<std::int64_t>(random() % 6)), used);
        break;
      default:
        break;  // nothing: what is there is used again
    }
    older.push_back(Take());
    if (older.size() > 4) older.pop_front();
    ExpectSameAsSql(older[random() % older.size()], fmt::format("round {}", round));
    ExpectSameAsSql(older.back(), fmt::format("round {}, newest", round));
  }
}

TEST_F(Blocks, TotalsAreTheSumsOfApiKeys) {
  for (int round = 0; round < 3; ++round) {
    Snapshot snapshot = Take();
    if (round == 1) ExpectSameAsSql(snapshot, "from now on totals come from rows");
    BlockRow sum{};
    const auto catalog = catalogs_.Of(snapshot);
    ASSERT_TRUE(catalog);
    ASSERT_TRUE(blocks_.EachTotal(snapshot, **catalog, UsageTable::kHour, kHourNow - 36'000, kHourNow,
                                  [&](std::int64_t /*bucket*/, const BlockRow& total) {
                                    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += total[i];
                                  }));
    const std::string from = fmt::format(
        "FROM usage_hour u JOIN series s ON s.id = u.series AND s.kind = 'api_key' WHERE bucket >= {} AND "
        "bucket < {}",
        kHourNow - 36'000, kHourNow);
    EXPECT_EQ(sum[0], file_.Int("SELECT sum(requests) " + from));
    EXPECT_EQ(sum[1], file_.Int("SELECT sum(input_tokens) " + from));
    EXPECT_EQ(sum[7], file_.Int("SELECT sum(real_cost_micros) " + from));
    file_.Minute(kHourNow - 600, {.entity = "k1", .requests = 100});
  }
}

TEST_F(Blocks, BeforeTheHorizonThereAreNoRows) {
  Snapshot before = Take();
  ExpectSameAsSql(before, "before");
  file_.Sql(
      fmt::format("UPDATE source_state SET minutes_from = {}, data_version = data_version + 1", kHourNow));
  Snapshot snapshot = Take();
  EXPECT_TRUE(FromBlocks(snapshot, UsageTable::kMinute, kHourNow - 3600, kHourNow).empty());
  EXPECT_FALSE(FromBlocks(snapshot, UsageTable::kMinute, kHourNow, kMinuteNow).empty());
  ExpectSameAsSql(before, "who began before sees them still");
}

TEST_F(Blocks, OfAReplacedFileAreItsOwn) {
  {
    Snapshot snapshot = Take();
    ExpectSameAsSql(snapshot, "old file");
  }
  UsageFile other;
  other.Minute(kMinuteNow - 600, {.entity = "z", .requests = 77}).Sql("PRAGMA wal_checkpoint(TRUNCATE)");
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(file_.path() + suffix);
  std::filesystem::copy_file(other.path(), file_.path() + ".new");
  std::filesystem::rename(file_.path() + ".new", file_.path());
  Snapshot snapshot = Take();
  ExpectSameAsSql(snapshot, "new file");
  const auto catalog = catalogs_.Of(snapshot);
  ASSERT_TRUE(catalog);
  ASSERT_EQ((*catalog)->keys().size(), 1U);
  EXPECT_EQ(*(*catalog)->keys()[0], "z");
}

TEST_F(Blocks, HoldTheirBytesAlsoForASpanThatDoesNotFit) {
  UsageBlocks small(20'000);
  for (int i = 0; i < 2; ++i) {
    Snapshot snapshot = Take();
    std::size_t rows = 0;
    ASSERT_TRUE(small.Each(snapshot, UsageTable::kMinute, kMinuteNow - 12'000, kMinuteNow,
                           [&](std::int64_t /*bucket*/, const auto& block) { rows += block->rows(); }));
    EXPECT_EQ(rows, FromSql(snapshot, UsageTable::kMinute, kMinuteNow - 12'000, kMinuteNow).size());
    EXPECT_LE(small.bytes(), 20'000U);
  }
}

TEST_F(Blocks, AreSharedByThreads) {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([this] {
      for (int i = 0; i < 4; ++i) {
        Snapshot snapshot = Take();
        ExpectSameAsSql(snapshot, "thread");
        EXPECT_TRUE(catalogs_.Of(snapshot));
      }
    });
  for (int i = 0; i < 10; ++i)
    file_.Minute(kMinuteNow - 6000 + i * kMinuteSeconds, {.entity = fmt::format("t{}", i), .requests = 2});
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace keymeter::query_api
