#include "processor/storage/file_maintenance.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "processor/storage/writer_thread.h"
#include "schema/migrations.h"
#include "tests/processor/metering/values.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

namespace fs = std::filesystem;
using testing::DatabaseRows;

constexpr std::int64_t kReached = 1'795'178'070;  // 2026-11-20T12:34:30Z
constexpr std::int64_t kLongAgo = kReached / kDaySeconds * kDaySeconds - 400 * kDaySeconds;

WriteBatch OneSeries() {
  WriteBatch batch;
  batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}};
  return batch;
}

// ---- Retention

/// A file with minutes of 400 days that were rolled up, of a source at +08:00.
class YearTest : public ::testing::Test {
 protected:
  static constexpr std::int64_t kStep = 3 * kMinuteSeconds;

  YearTest() {
    WriteBatch batch = OneSeries();
    batch.utc_offset_s = 8 * kHourSeconds;
    Must(writer_.Write(batch));
    Must(writer_.database().Execute(
        fmt::format("WITH RECURSIVE m(b) AS (SELECT {} UNION ALL SELECT b + {} FROM m WHERE b + {} < {}) "
                    "INSERT INTO usage_minute "
                    "SELECT b, 1, b % 7, b % 11, b % 13, 0, 0, 0, 0, b % 17, b % 19 FROM m",
                    kLongAgo, kStep, kStep, kReached)));
    Must(writer_.RollUp(kReached / 60 * 60));
    Must(writer_.database().Checkpoint());
  }
  static void Must(const Status& status) { ASSERT_TRUE(status) << status.error().message; }

  /// One call as after a flush; false when it changed nothing.
  bool TrimOnce(FileMaintenance& maintenance) {
    const auto before = Left();
    Must(maintenance.Trim(writer_, kReached));
    return Left() != before;
  }
  /// Rows, and pages of the file.
  [[nodiscard]] std::vector<std::string> Left() {
    std::vector<std::string> left;
    for (const char* sql : {"SELECT count(*) FROM usage_minute", "SELECT count(*) FROM usage_hour",
                            "SELECT count(*) FROM usage_day", "PRAGMA page_count"})
      left.push_back(std::to_string(writer_.database().QueryInt(sql).value()));
    return left;
  }
  [[nodiscard]] std::vector<testing::Row> Of(const std::string& table, std::int64_t from = 0) const {
    return DatabaseRows(path_).Query(
        fmt::format("SELECT * FROM {} WHERE bucket >= {} ORDER BY 1", table, from));
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  WindowWriter writer_ = WindowWriter::Open(path_).value();
};

TEST_F(YearTest, LeavesCoarserLevelsAsTheyWereAndGivesSpaceBack) {
  const FileLimits limits{
      .keep = {.minutes = 14 * kDaySeconds, .hours = 60 * kDaySeconds, .days = 200 * kDaySeconds}};
  const Horizons horizons =
      HorizonsAt(kReached, limits.keep, {}, writer_.rolled_until(), writer_.utc_offset_s());
  const auto minutes = Of("usage_minute", horizons.minutes);
  const auto hours = Of("usage_hour", horizons.hours);
  const auto days = Of("usage_day", horizons.days);
  const auto months = Of("usage_month");
  const auto bytes = fs::file_size(path_);
  FileMaintenance maintenance(limits);
  int calls = 1;
  while (TrimOnce(maintenance)) {
    // A kill in between: what is committed is there, nothing else is remembered.
    if (++calls % 2 == 0) writer_ = WindowWriter::Open(path_).value();
  }
  EXPECT_EQ(writer_.retention().horizons(), horizons);
  EXPECT_EQ(Of("usage_minute"), minutes);
  EXPECT_EQ(Of("usage_hour"), hours);
  EXPECT_EQ(Of("usage_day"), days);
  EXPECT_EQ(Of("usage_month"), months);
  ASSERT_TRUE(writer_.database().Checkpoint());
  EXPECT_LT(fs::file_size(path_), bytes / 4 + FileMaintenance::kLeastFreePages * 4096);
  EXPECT_EQ(DatabaseRows(path_).Value("SELECT integrity_check FROM pragma_integrity_check"), "ok");
  const FileFigures figures = maintenance.Figures(writer_).value();
  EXPECT_EQ(figures.oldest, (std::array<std::int64_t, 3>{horizons.minutes, horizons.hours, horizons.days}));
  EXPECT_EQ(figures.file_bytes, static_cast<std::int64_t>(fs::file_size(path_)));
  EXPECT_LE(figures.free_bytes, FileMaintenance::kLeastFreePages * 4096);
}

TEST_F(YearTest, KeepsEverythingForEver) {
  FileMaintenance maintenance({.keep = {Retention::kForever, Retention::kForever, Retention::kForever}});
  EXPECT_FALSE(TrimOnce(maintenance));
}

TEST(OldFile, GrowsNoFurtherThoughItCannotShrink) {
  const testing::TempDir directory;
  const std::string path = directory.File("keymeter.db");
  {
    // The first page settles it: as older versions made it.
    Database older = Database::Open(path, Database::Mode::kReadWrite).value();
    ASSERT_TRUE(older.Execute(fmt::format("PRAGMA application_id = {}", kApplicationId)));
  }
  WindowWriter writer = WindowWriter::Open(path).value();
  ASSERT_EQ(writer.database().QueryInt("PRAGMA auto_vacuum"), 0);
  ASSERT_TRUE(writer.database().Execute(
      fmt::format("CREATE TABLE ballast (x); INSERT INTO ballast VALUES (zeroblob({})); DROP TABLE ballast",
                  2 * FileMaintenance::kLeastFreePages * 4096)));
  const std::int64_t pages = writer.database().QueryInt("PRAGMA page_count").value();
  FileMaintenance maintenance{FileLimits()};
  for (int call = 0; call < 3; ++call) ASSERT_TRUE(maintenance.Trim(writer, kReached));
  EXPECT_EQ(writer.database().QueryInt("PRAGMA page_count"), pages);
}

// ---- The WAL

class WalTest : public ::testing::Test {
 protected:
  static constexpr std::int64_t kMaxWal = 65'536;

  static WriteBatch Grown(std::int64_t minute) {
    WriteBatch batch;
    batch.growth.push_back({Level::kMinute, kLongAgo + minute * kMinuteSeconds, 1, Usage(1)});
    return batch;
  }
  [[nodiscard]] WindowWriter OpenWriter() const {
    WindowWriter writer = WindowWriter::Open(path_).value();
    EXPECT_TRUE(writer.Write(OneSeries()));
    EXPECT_TRUE(writer.Checkpoint());
    return writer;
  }
  /// Its transaction is open until it ends or goes.
  [[nodiscard]] Database BeginRead() const {
    Database reader = Database::Open(path_, Database::Mode::kReadOnly).value();
    EXPECT_TRUE(reader.Execute("BEGIN"));
    EXPECT_TRUE(reader.QueryInt("SELECT count(*) FROM usage_minute"));
    return reader;
  }
  WriterThread::Outcome WriteMinute(std::int64_t minute) {
    thread_.Submit(Grown(minute), 0);
    return *thread_.WaitForOutcome();
  }
  [[nodiscard]] std::string Minutes() const {
    return DatabaseRows(path_).Value("SELECT sum(requests) FROM usage_minute");
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  WriterThread thread_{OpenWriter(), [] {}, {.max_wal_bytes = kMaxWal}};
};

TEST_F(WalTest, IsBoundedWhileAReaderPinsItAndEmptiedWhenTheReaderIsDone) {
  std::int64_t minute = 0;
  {
    const Database reader = BeginRead();
    WriterThread::Outcome outcome;
    while (!(outcome = WriteMinute(minute)).is_held) {
      ASSERT_TRUE(outcome.status) << outcome.status.error().message;
      ASSERT_LT(++minute, 1000);
    }
    EXPECT_EQ(outcome.status.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(outcome.status.error().message.find("a reader's transaction"), std::string::npos);
    ASSERT_TRUE(outcome.refused);
    EXPECT_EQ(outcome.refused->growth.size(), 1U);
    const std::int64_t held_bytes = WalBytes(path_);
    EXPECT_LT(held_bytes, 2 * kMaxWal);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(WriteMinute(minute).is_held);
    EXPECT_EQ(WalBytes(path_), held_bytes);
    EXPECT_EQ(Minutes(), std::to_string(minute)) << "new readers see all that was written";
  }
  const WriterThread::Outcome outcome = WriteMinute(minute);
  EXPECT_TRUE(outcome.status);
  EXPECT_FALSE(outcome.is_held);
  EXPECT_LT(outcome.file->wal_bytes, kMaxWal);
  EXPECT_EQ(Minutes(), std::to_string(minute + 1));
}

TEST_F(WalTest, StaysWithinItsLimitWithoutReaders) {
  for (std::int64_t minute = 0; minute < 200; ++minute) {
    const WriterThread::Outcome outcome = WriteMinute(minute);
    ASSERT_TRUE(outcome.status);
    ASSERT_LT(outcome.file->wal_bytes, 2 * kMaxWal);
  }
  EXPECT_EQ(Minutes(), "200");
}

TEST_F(WalTest, IsFoundWhereSqliteKeepsItWhenTheFileIsALink) {
  ASSERT_TRUE(WriteMinute(0).status);
  const std::string link = directory_.File("link.db");
  std::filesystem::create_symlink(path_, link);
  EXPECT_GT(WalBytes(path_), 0);
  EXPECT_EQ(WalBytes(link), WalBytes(path_));
}

TEST_F(WalTest, OfAReaderThatIsDoneNothingRemains) {
  for (std::int64_t minute = 0; minute < 30; ++minute) {
    Database reader = BeginRead();
    ASSERT_TRUE(reader.Execute("COMMIT"));
    ASSERT_TRUE(WriteMinute(minute).status);
  }
}

}  // namespace

}  // namespace keymeter::processor
