#include "schema/sqlite.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/migrations.h"
#include "tests/support/temp_dir.h"

namespace keymeter {

namespace {

namespace fs = std::filesystem;
using Mode = Database::Mode;

class SqliteTest : public ::testing::Test {
 protected:
  [[nodiscard]] Database Open(Mode mode) const {
    auto database = Database::Open(path_, mode);
    EXPECT_TRUE(database) << database.error().message;
    return *std::move(database);
  }

  [[nodiscard]] Database OpenMigrated() const {
    Database database = Open(Mode::kReadWrite);
    const Status migrated = Migrate(database);
    EXPECT_TRUE(migrated) << migrated.error().message;
    return database;
  }

  static void Run(Database& database, const std::string& sql) {
    const Status run = database.Execute(sql);
    ASSERT_TRUE(run) << sql << ": " << run.error().message;
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
};

constexpr const char* kAddSeries = "INSERT INTO series (kind, entity, model) VALUES ('api_key', 'k', 'm')";
constexpr const char* kCountSeries = "SELECT count(*) FROM series";

TEST_F(SqliteTest, MakesAFileThatOthersCannotRead) {
  const mode_t umask_before = ::umask(0);
  (void)OpenMigrated();
  ::umask(umask_before);
  for (const char* suffix : {"", "-wal", "-shm"})
    EXPECT_EQ(fs::status(path_ + suffix).permissions(), static_cast<fs::perms>(0640)) << suffix;
}

TEST_F(SqliteTest, KeepsTheWalFilesOnClose) {
  (void)OpenMigrated();
  EXPECT_TRUE(fs::exists(path_ + "-wal"));
  EXPECT_TRUE(fs::exists(path_ + "-shm"));
}

TEST_F(SqliteTest, EmptiesTheWalAtACheckpoint) {
  Database writer = OpenMigrated();
  EXPECT_GT(fs::file_size(path_ + "-wal"), 0U);
  EXPECT_TRUE(writer.Checkpoint());
  EXPECT_EQ(fs::file_size(path_ + "-wal"), 0U);
}

TEST_F(SqliteTest, EmptiesTheWalOnlyWhenNobodyReadsAndDoesNotWaitForIt) {
  Database writer = OpenMigrated();
  Database reader = Open(Mode::kReadOnly);
  Run(reader, "BEGIN");
  ASSERT_EQ(reader.QueryInt(kCountSeries).value(), 0);
  Run(writer, kAddSeries);
  EXPECT_FALSE(writer.TryCheckpoint().value());
  EXPECT_GT(fs::file_size(path_ + "-wal"), 0U);
  Run(reader, "COMMIT");
  EXPECT_TRUE(writer.TryCheckpoint().value());
  EXPECT_EQ(fs::file_size(path_ + "-wal"), 0U);
}

TEST_F(SqliteTest, CanGiveFreedSpaceOfANewFileBack) {
  constexpr std::int64_t kIncremental = 2;
  EXPECT_EQ(OpenMigrated().QueryInt("PRAGMA auto_vacuum").value(), kIncremental);
}

TEST_F(SqliteTest, LetsAReaderSeeWhatIsCommittedOnly) {
  Database writer = OpenMigrated();
  Database reader = Open(Mode::kReadOnly);
  auto transaction = Transaction::Begin(writer);
  ASSERT_TRUE(transaction);
  Run(writer, kAddSeries);
  EXPECT_EQ(reader.QueryInt(kCountSeries), 0);
  ASSERT_TRUE(transaction->Commit());
  EXPECT_EQ(reader.QueryInt(kCountSeries), 1);
}

TEST_F(SqliteTest, RefusesToWriteThroughAReader) {
  Database writer = OpenMigrated();
  Database reader = Open(Mode::kReadOnly);
  const Status written = reader.Execute(kAddSeries);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kRefused);
  EXPECT_EQ(written.error().message, "attempt to write a readonly database");
}

TEST_F(SqliteTest, LeavesTheWalAloneWhenAReaderCloses) {
  const std::string copy = directory_.File("copy.db");
  {
    Database writer = OpenMigrated();
    fs::copy_file(path_, copy);
    fs::copy_file(path_ + "-wal", copy + "-wal");
  }
  const std::string file = testing::ReadFile(copy);
  const std::string wal = testing::ReadFile(copy + "-wal");
  {
    auto reader = Database::Open(copy, Mode::kReadOnly);
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->QueryInt(kCountSeries), 0);
  }
  EXPECT_TRUE(testing::ReadFile(copy) == file);
  EXPECT_TRUE(testing::ReadFile(copy + "-wal") == wal);
}

/// Reads as a user who may write neither the files nor their directory; the exit code says how it went.
[[noreturn]] void ReadWithoutPermission(const std::string& path) {
  constexpr uid_t kNobody = 65534;
  if (::geteuid() == 0 && ::setuid(kNobody) != 0) ::_exit(2);
  auto reader = Database::Open(path, Mode::kReadOnly);
  if (!reader) ::_exit(3);
  const auto count = reader->QueryInt(kCountSeries);
  ::_exit(count && *count == 1 ? 0 : 4);
}

TEST_F(SqliteTest, LetsAReaderWithoutPermissionToWriteReadWhileTheWriterIsDown) {
  {
    Database writer = OpenMigrated();
    Run(writer, kAddSeries);
  }
  for (const char* suffix : {"", "-wal", "-shm"})
    fs::permissions(path_ + suffix, static_cast<fs::perms>(0444));
  fs::permissions(directory_.path(), static_cast<fs::perms>(0555));
  EXPECT_EXIT(ReadWithoutPermission(path_), ::testing::ExitedWithCode(0), "");
  fs::permissions(directory_.path(), static_cast<fs::perms>(0700));
}

TEST_F(SqliteTest, SaysThatABusyFileMayBeFreeLater) {
  Database writer = OpenMigrated();
  Database other = Open(Mode::kReadWrite);
  Run(other, "PRAGMA busy_timeout = 0");
  auto held = Transaction::Begin(writer);
  ASSERT_TRUE(held);
  const auto refused = Transaction::Begin(other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(refused.error().message, "database is locked");
}

TEST_F(SqliteTest, SaysThatAFullFileMayHaveRoomLater) {
  Database writer = OpenMigrated();
  Run(writer, "PRAGMA max_page_count = 1");
  const Status written = writer.Execute("CREATE TABLE t AS SELECT randomblob(1000000)");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kUnavailable);
}

TEST_F(SqliteTest, RollsBackWhatIsNotCommitted) {
  Database writer = OpenMigrated();
  {
    const auto transaction = Transaction::Begin(writer);
    ASSERT_TRUE(transaction);
    Run(writer, kAddSeries);
  }
  EXPECT_EQ(writer.QueryInt(kCountSeries), 0);
  EXPECT_TRUE(Transaction::Begin(writer));
}

TEST_F(SqliteTest, NamesAFileThatIsNotThere) {
  const auto reader = Database::Open(path_, Mode::kReadOnly);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::kRefused);
  EXPECT_EQ(reader.error().message, "open " + path_ + ": unable to open database file");
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(SqliteTest, BindsAndReadsEveryType) {
  Database database = Open(Mode::kReadWrite);
  auto statement = database.Prepare("SELECT ?, ?, ?, ?, ?");
  ASSERT_TRUE(statement);
  const std::string_view bytes("a\0é", 4);
  statement->Bind(1, std::int64_t{-5}).Bind(2, 0.5).Bind(3, bytes).Bind(4, std::string_view()).BindNull(5);
  const auto row = statement->Step();
  ASSERT_TRUE(row && *row);
  EXPECT_EQ(statement->Int(0), -5);
  EXPECT_EQ(statement->Real(1), 0.5);
  EXPECT_EQ(statement->Text(2), bytes);
  EXPECT_FALSE(statement->IsNull(3));
  EXPECT_EQ(statement->Text(3), "");
  EXPECT_TRUE(statement->IsNull(4));
  EXPECT_EQ(statement->Step(), false);
}

TEST_F(SqliteTest, RunsAStatementAgainAfterItFailed) {
  Database database = OpenMigrated();
  auto insert =
      database.Prepare("INSERT INTO series (id, kind, entity, model) VALUES (?, 'api_key', ?, 'm')");
  ASSERT_TRUE(insert);
  EXPECT_TRUE(insert->Bind(1, 1).Bind(2, "a").Run());
  EXPECT_FALSE(insert->Bind(1, 1).Bind(2, "b").Run());
  EXPECT_TRUE(insert->Bind(1, 2).Bind(2, "b").Run());
  EXPECT_EQ(database.QueryInt(kCountSeries), 2);
}

TEST_F(SqliteTest, NamesWhatIsWrongWithAStatement) {
  Database database = Open(Mode::kReadWrite);
  const auto statement = database.Prepare("SELECT * FROM nowhere");
  ASSERT_FALSE(statement);
  EXPECT_EQ(statement.error().message, "no such table: nowhere");
  EXPECT_EQ(database.QueryInt("SELECT 1 WHERE false").error().message, "no row from: SELECT 1 WHERE false");
}

}  // namespace

}  // namespace keymeter
