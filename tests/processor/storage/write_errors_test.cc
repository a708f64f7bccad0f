// A disk that is full, fails or is locked: a batch is written whole, or comes back whole.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "processor/metering/meter.h"
#include "processor/storage/writer_thread.h"
#include "tests/processor/metering/values.h"
#include "tests/support/database_rows.h"
#include "tests/support/faulty_vfs.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

/// A meter whose growth goes through a writer thread into a file on a disk that may fail, as in FlushCycle.
class WriteErrorsTest : public ::testing::Test {
 protected:
  static constexpr int kSeries = 40;

  WriteErrorsTest() {
    meter_.BeginSession(At("12:00:00"));
    meter_.CompleteBaseline();
  }

  /// Every series' counter stands at `requests` more than before.
  void Grow(int minute, std::int64_t requests) {
    const std::int64_t now_ms = At("12:00:10") + minute * kMinuteSeconds * 1000;
    total_ += requests;
    for (int i = 0; i < kSeries; ++i) {
      const std::string id = fmt::format("key-{}", i);
      ASSERT_TRUE(meter_.OnGrowth(EntityKind::kApiKey, id, "m", Hour(12), now_ms));
      CounterRead read = meter_.BeginRead(*meter_.Expect(EntityKind::kApiKey, id, "m", Hour(12)), now_ms);
      read.received_ms = now_ms + 1;
      read.values = Usage(total_);
      read.is_usable = true;
      meter_.FinishRead(read);
    }
  }
  Status Flush(std::string_view roll_up_until = "12:00") {
    WriteBatch batch;
    meter_.Drain(batch);
    thread_->Submit(std::move(batch), Minute(roll_up_until));
    auto outcome = thread_->WaitForOutcome();
    refused_rows_ = outcome->refused ? outcome->refused->growth.size() : 0;
    was_refused_ = outcome->refused.has_value();
    if (was_refused_) meter_.Undrain(*outcome->refused);
    return outcome->status;
  }
  void ExpectAll() {
    const std::string all = std::to_string(total_ * kSeries);
    const testing::DatabaseRows rows(path_);
    for (const char* level : {"minute", "hour", "day", "month"})
      EXPECT_EQ(rows.Value(fmt::format("SELECT sum(requests) FROM api_key_usage_{}", level)), all) << level;
    EXPECT_EQ(rows.Value(fmt::format("SELECT sum(requests) FROM {}", kLastReadings)), all);
    EXPECT_EQ(rows.Value("SELECT integrity_check FROM pragma_integrity_check"), "ok");
  }
  void Restart() {
    thread_.reset();
    thread_ = std::make_unique<WriterThread>(WindowWriter::Open(path_).value(), [] {});
  }

  testing::FaultyVfs disk_;
  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  std::unique_ptr<WriterThread> thread_ =
      std::make_unique<WriterThread>(WindowWriter::Open(path_).value(), [] {});
  Meter meter_;
  std::int64_t total_ = 0;
  bool was_refused_ = false;
  std::size_t refused_rows_ = 0;
};

TEST_F(WriteErrorsTest, AWriteThatFailsAnywhereLosesNothingAndCountsNothingTwice) {
  int minute = 0;
  for (const int code : {SQLITE_FULL, SQLITE_IOERR_WRITE}) {
    for (const int after : {0, 1, 2, 5, 9}) {
      Grow(minute++, 3);
      disk_.FailWrites("-wal", code, after);
      const Status refused = Flush();
      Grow(minute, 2);
      disk_.Mend();
      if (after == 0) {
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
      }
      const Status written = Flush();
      ASSERT_TRUE(written) << written.error().message;
      ExpectAll();
    }
  }
  EXPECT_GT(disk_.faults(), 4);
}

TEST_F(WriteErrorsTest, WhatWaitsIsBoundedBySeriesAndMinutesNotByEventsOrFlushes) {
  disk_.FailWrites("-wal", SQLITE_FULL);
  for (int round = 0; round < 30; ++round) {
    Grow(round / 10, 1);
    ASSERT_FALSE(Flush());
    EXPECT_EQ(refused_rows_, static_cast<std::size_t>(kSeries * (round / 10 + 1)));
  }
  disk_.Mend();
  ASSERT_TRUE(Flush());
  ExpectAll();
}

TEST_F(WriteErrorsTest, AFailureThatIsFollowedByADeathCountsNothingTwice) {
  Grow(0, 3);
  ASSERT_TRUE(Flush());
  Grow(1, 2);
  disk_.FailWrites("-wal", SQLITE_FULL, 3);
  ASSERT_FALSE(Flush());
  disk_.Mend();
  Restart();
  // What was not written is not read either: the next life reads the relay's counters again.
  const testing::DatabaseRows rows(path_);
  EXPECT_EQ(rows.Value("SELECT sum(requests) FROM usage_minute"),
            rows.Value(fmt::format("SELECT sum(requests) FROM {}", kLastReadings)));
  ASSERT_TRUE(Flush());
  ExpectAll();
}

TEST_F(WriteErrorsTest, ARollUpThatFailsIsDoneByTheNext) {
  Grow(0, 3);
  ASSERT_TRUE(Flush());
  // The first write that is none of the batch's own.
  Status failed;
  for (int after = 0; failed || was_refused_; ++after) {
    ASSERT_LT(after, 1000);
    disk_.FailWrites("-wal", SQLITE_IOERR_WRITE, after);
    failed = Flush("12:01");
    disk_.Mend();
  }
  ExpectAll();
  ASSERT_TRUE(Flush("12:02"));
  ExpectAll();
  EXPECT_EQ(testing::DatabaseRows(path_).Value("SELECT sum(requests) FROM usage_hour"),
            std::to_string(3 * kSeries));
}

TEST_F(WriteErrorsTest, ACheckpointThatFailsLeavesEverythingInTheWal) {
  disk_.FailWrites(".db", SQLITE_IOERR_WRITE);
  disk_.FailSyncs("-wal");
  for (int minute = 0; minute < 40; ++minute) {
    Grow(minute, 1);
    const Status written = Flush();
    ASSERT_TRUE(written) << written.error().message;
  }
  ExpectAll();
  disk_.Mend();
  Restart();
  ExpectAll();
}

TEST_F(WriteErrorsTest, AnotherWritersLockIsWaitedForFromFlushToFlush) {
  Grow(0, 3);
  ASSERT_TRUE(Flush());
  Database other = Database::Open(path_, Database::Mode::kReadWrite).value();
  ASSERT_TRUE(other.Execute("BEGIN IMMEDIATE"));
  for (int minute = 1; minute < 3; ++minute) {
    Grow(minute, 2);
    const Status refused = Flush();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(refused.error().message, "database is locked");
  }
  ASSERT_TRUE(other.Execute("ROLLBACK"));
  ASSERT_TRUE(Flush());
  ExpectAll();
}

}  // namespace

}  // namespace keymeter::processor
