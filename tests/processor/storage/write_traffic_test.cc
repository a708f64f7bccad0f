/// How many pages a flush writes into the WAL: what decides how much is written in a year.

#include <gtest/gtest.h>

#include "processor/storage/window_writer.h"
#include "tests/processor/metering/values.h"
#include "tests/support/faulty_vfs.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kFrameBytes = 4096 + 24;

class WriteTrafficTest : public ::testing::Test {
 protected:
  WriteTrafficTest() {
    WriteBatch batch;
    for (SeriesId id = 1; id <= kSeries; ++id) {
      batch.new_series.emplace_back(
          id, registry_[registry_.Intern(EntityKind::kApiKey, fmt::format("key-{}", id), "m")]);
      batch.readings.push_back({Hour(12), id, At("12:00:01"), Usage(1, 1000)});
    }
    Write(batch);
    Settle("12:01");
    Write(Flush());  // SQLite opens its WAL
  }

  void Write(const WriteBatch& batch) { ASSERT_TRUE(writer_.Write(batch)); }
  void Settle(std::string_view minute) { ASSERT_TRUE(writer_.RollUp(Minute(minute))); }
  /// What the flush of the next second holds, also when nothing happened.
  WriteBatch Flush() {
    now_ms_ += 1000;
    WriteBatch batch;
    batch.coverage = {{Minute("12:05"), 1000, 0, 0, 0}};
    batch.covered_until_ms = now_ms_;
    batch.heartbeat.flush_ms = now_ms_;
    return batch;
  }
  /// Of every hundredth series.
  WriteBatch FarApart() {
    WriteBatch batch = Flush();
    for (SeriesId id = 1; id <= kSeries; id += 100)
      batch.readings.push_back({Hour(12), id, now_ms_, Usage(2, 2000)});
    return batch;
  }
  std::int64_t PagesOf(const WriteBatch& batch) {
    const std::int64_t before = disk_.TrafficOf("-wal").bytes;
    Write(batch);
    return (disk_.TrafficOf("-wal").bytes - before) / kFrameBytes;
  }

  static constexpr SeriesId kSeries = 10'000;
  std::int64_t now_ms_ = At("12:05:10");
  SeriesRegistry registry_;
  testing::TempDir directory_;
  testing::FaultyVfs disk_;
  WindowWriter writer_ = WindowWriter::Open(directory_.File("keymeter.db")).value();
};

TEST_F(WriteTrafficTest, AnIdleFlushWritesItsStateAndItsCoverage) {
  EXPECT_EQ(PagesOf(Flush()), 2);
}

TEST_F(WriteTrafficTest, ReadingsFarApartAreWrittenSideBySide) {
  Write(FarApart());
  // A hundred are less than two pages; taking new ones changes the lists of pages.
  EXPECT_LE(PagesOf(FarApart()), 2 + 2 + 4);
}

TEST_F(WriteTrafficTest, TheRollUpBringsEachToItsPlace) {
  Write(FarApart());
  const std::int64_t before = disk_.TrafficOf("-wal").bytes;
  Settle("12:06");
  EXPECT_GT((disk_.TrafficOf("-wal").bytes - before) / kFrameBytes, 50);
}

}  // namespace

}  // namespace keymeter::processor
