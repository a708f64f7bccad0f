// What the API keeps in memory is what the file holds, whatever the processor's own writer does to it.

#include <atomic>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "processor/storage/window_writer.h"
#include "query-api/endpoints/api_context.h"
#include "schema/clock.h"
#include "tests/support/temp_dir.h"

namespace keymeter {
namespace {

using processor::WriteBatch;
using query_api::BlockColumn;
using query_api::BlockRow;
using query_api::Snapshot;
using query_api::UsageTable;

constexpr std::int64_t kWriterNow = 1'795'178'040;  // 2026-11-20T12:34:00Z, 20:34 at +08:00
constexpr std::int64_t kWriterOffset = 8 * kHourSeconds;
constexpr std::uint32_t kSeriesCount = 12;

constexpr std::array kAllTables = {
    UsageTable::kMinute,      UsageTable::kHour,       UsageTable::kDay,         UsageTable::kMonth,
    UsageTable::kUntimedHour, UsageTable::kUntimedDay, UsageTable::kUntimedMonth};

using BlockTable = std::vector<std::pair<std::int64_t, BlockRow>>;

BlockTable FromMemory(query_api::UsageBlocks& blocks, Snapshot& snapshot, UsageTable table, std::int64_t from,
                      std::int64_t to) {
  BlockTable rows;
  const auto read = blocks.Each(snapshot, table, from, to, [&](std::int64_t bucket, const auto& block) {
    for (std::size_t row = 0; row < block->rows(); ++row) {
      BlockRow values;
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = block->At(static_cast<BlockColumn>(i), row);
      rows.emplace_back(bucket * 100 + block->Series(row), values);
    }
  });
  EXPECT_TRUE(read);
  return rows;
}

BlockTable FromFile(Snapshot& snapshot, UsageTable table, std::int64_t from, std::int64_t to) {
  const std::string level(LevelName(query_api::LevelOf(table)));
  const bool is_untimed = query_api::IsUntimed(table);
  // Rows before a horizon are nobody's.
  const std::int64_t first = std::max(from, snapshot.state.horizons.Of(query_api::LevelOf(table)));
  auto query = snapshot.lease.Prepare(fmt::format(
      "SELECT bucket * 100 + series, requests, input_tokens, output_tokens, cache_create_tokens, "
      "cache_read_tokens, ephemeral_1h_tokens, cost_micros, real_cost_micros FROM usage_{} WHERE {} "
      "bucket >= ?1 AND bucket < ?2 ORDER BY 1",
      is_untimed ? "untimed" : level, is_untimed ? "level = '" + level + "' AND" : ""));
  EXPECT_TRUE(query);
  (*query)->Bind(1, first).Bind(2, to);
  BlockTable rows;
  while ((*query)->Step().value_or(false)) {
    BlockRow values;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = (*query)->Int(1 + static_cast<int>(i));
    rows.emplace_back((*query)->Int(0), values);
  }
  return rows;
}

/// False, with a failed expectation, when anything differs.
bool IsTheSame(query_api::UsageBlocks& blocks, Snapshot& snapshot, const std::string& what) {
  for (const UsageTable table : kAllTables) {
    const Level level = query_api::LevelOf(table);
    const std::int64_t span = level == Level::kMinute ? 3 * kHourSeconds : 40 * kDaySeconds;
    const std::int64_t from = BucketOf(level, kWriterNow - span, kWriterOffset);
    const std::int64_t to = kWriterNow + kHourSeconds;
    const bool is_same = FromMemory(blocks, snapshot, table, from, to) == FromFile(snapshot, table, from, to);
    EXPECT_TRUE(is_same) << "after " << what << ", table " << static_cast<int>(table);
    if (!is_same) return false;
  }
  return true;
}

/// Whatever a processor writes, at random.
class RandomWriter {
 public:
  explicit RandomWriter(const std::string& path) : writer_(processor::WindowWriter::Open(path).value()) {
    WriteBatch batch;
    processor::SeriesRegistry registry;
    for (std::uint32_t id = 1; id <= kSeriesCount; ++id) {
      registry.Intern(id % 4 == 0 ? EntityKind::kAccount : EntityKind::kApiKey, fmt::format("e{}", id), "m");
      batch.new_series.emplace_back(id, registry[id]);
    }
    batch.utc_offset_s = kWriterOffset;
    EXPECT_TRUE(writer_.Write(batch));
    EXPECT_TRUE(writer_.RollUp(kWriterNow - kHourSeconds));
  }

  /// One of them; says which.
  std::string Step() {
    switch (Below(8)) {
      case 0:
        return Grow("a flush", Level::kMinute, now_ - 60 * Below(2));
      case 1:
        return Grow("a late minute", Level::kMinute, now_ - 60 * Below(150));
      case 2:
        return Grow("a late hour", Level::kHour, now_ - kHourSeconds * Below(60));
      case 3:
        return Grow("a day of history", Level::kDay, now_ - kDaySeconds * Below(35));
      case 4:
        return Grow("a month of history", Level::kMonth, now_ - kDaySeconds * Below(40));
      case 5:
        return ReadHistory();
      case 6:
        return RollUp();
      default:
        return Below(4) == 0 ? Trim() : "nothing";
    }
  }

 private:
  std::int64_t Below(std::int64_t limit) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(limit));
  }
  Amounts SomeAmounts() {
    Amounts amounts;
    for (std::int64_t& value : amounts.values)
      value = Below(50) == 0 ? std::int64_t{1} << 40 : 1 + Below(1000);
    return amounts;
  }
  processor::SeriesId SomeSeries() { return static_cast<processor::SeriesId>(1 + Below(kSeriesCount)); }

  std::string Grow(std::string what, Level level, std::int64_t moment) {
    WriteBatch batch;
    batch.growth.push_back({level, BucketOf(level, moment, kWriterOffset), SomeSeries(), SomeAmounts()});
    EXPECT_TRUE(writer_.Write(batch));
    return what;
  }
  std::string ReadHistory() {
    WriteBatch batch;
    Amounts amounts = SomeAmounts();
    for (std::int64_t& value : amounts.values) value += std::int64_t{1} << (30 + Below(12));
    const auto series = SomeSeries();
    batch.history.push_back({Level::kDay,
                             BucketOf(Level::kDay, now_ - kDaySeconds * (1 + Below(20)), kWriterOffset),
                             series % 4 == 0 ? EntityKind::kAccount : EntityKind::kApiKey, series, amounts});
    EXPECT_TRUE(writer_.Write(batch));
    return "a closed day's counter";
  }
  std::string RollUp() {
    now_ += 60 * Below(12);
    EXPECT_TRUE(writer_.RollUp(now_ - 60));
    return "a roll-up";
  }
  std::string Trim() {
    const std::int64_t moved = now_ - kHourSeconds * (2 + Below(3));
    Horizons horizons = writer_.retention().horizons();
    horizons.minutes = std::max(horizons.minutes, BucketOf(Level::kHour, moved, kWriterOffset));
    horizons.hours =
        std::max(horizons.hours, BucketOf(Level::kDay, moved - kDaySeconds * (1 + Below(20)), kWriterOffset));
    EXPECT_TRUE(writer_.retention().Advance(writer_.database(), horizons));
    const bool removes = Below(2) == 0;
    EXPECT_TRUE(!removes || writer_.retention().RemoveSome(writer_.database()));
    return "retention";
  }

  processor::WindowWriter writer_;
  std::mt19937_64 random_{17};
  std::int64_t now_ = kWriterNow;
};

class ChangedBuckets : public ::testing::Test {
 protected:
  Snapshot Take() { return std::move(*context_.TakeSnapshot()); }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  RandomWriter writer_{path_};
  ManualClock clock_{kWriterNow * 1000};
  query_api::ConnectionPool pool_{path_, 8};
  query_api::ApiContext context_{pool_, clock_};
};

TEST_F(ChangedBuckets, AreReadAgainAfterEverythingThatAProcessorWrites) {
  std::string last_steps;
  for (int i = 0; i < 400; ++i) {
    last_steps = writer_.Step() + ", " + last_steps.substr(0, 200);
    Snapshot snapshot = Take();
    if (!IsTheSame(context_.caches.blocks, snapshot, last_steps)) break;
  }
}

TEST_F(ChangedBuckets, AReaderThatBeganBeforeSeesWhatWas) {
  for (int i = 0; i < 60; ++i) {
    Snapshot before = Take();
    const std::string step = writer_.Step();
    Snapshot after = Take();
    if (!IsTheSame(context_.caches.blocks, i % 2 == 0 ? before : after, step)) break;
    if (!IsTheSame(context_.caches.blocks, i % 2 == 0 ? after : before, step + ", the other one")) break;
  }
}

TEST_F(ChangedBuckets, ReadersInManyThreadsSeeTheirOwnState) {
  std::atomic<bool> is_done{false};
  constexpr int kReaders = 3;
  std::vector<std::thread> readers;
  readers.reserve(kReaders);
  for (int thread = 0; thread < kReaders; ++thread)
    readers.emplace_back([&] {
      do {
        Snapshot snapshot = Take();
        if (!IsTheSame(context_.caches.blocks, snapshot, "a write meanwhile")) return;
      } while (!is_done);
    });
  for (int i = 0; i < 150; ++i) writer_.Step();
  is_done = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace keymeter
