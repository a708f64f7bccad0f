#include "schema/migrations.h"

#include <filesystem>
#include <limits>
#include <map>

#include <gtest/gtest.h>

#include "schema/embedded.h"
#include "schema/shown_name.h"
#include "tests/support/temp_dir.h"

namespace keymeter {

namespace {

namespace fs = std::filesystem;
using Mode = Database::Mode;

class MigrationsTest : public ::testing::Test {
 protected:
  [[nodiscard]] Database Open(Mode mode = Mode::kReadWrite) const {
    auto database = Database::Open(path_, mode);
    EXPECT_TRUE(database) << database.error().message;
    return *std::move(database);
  }

  /// Opens, migrates, runs the SQL, moves all of it into the file and closes.
  void Make(const std::string& sql, bool migrate = true) const {
    Database database = Open();
    if (migrate) {
      ASSERT_TRUE(Migrate(database));
    }
    const Status run = database.Execute(sql);
    ASSERT_TRUE(run) << run.error().message;
    ASSERT_TRUE(database.Checkpoint());
  }

  /// "ok" or the error's text with {path} for the path.
  [[nodiscard]] std::string Shown(const Status& status) const {
    if (status) return "ok";
    std::string message = status.error().Text();
    for (std::size_t at = 0; (at = message.find(path_)) != std::string::npos;)
      message.replace(at, path_.size(), "{path}");
    return message;
  }

  [[nodiscard]] ErrorReason Refusal() const {
    Database database = Open();
    return Migrate(database).error().reason;
  }
  [[nodiscard]] std::string TryMigrate() const {
    Database database = Open();
    return Shown(Migrate(database));
  }

  [[nodiscard]] std::string TryRead() const {
    Database database = Open(Mode::kReadOnly);
    return Shown(CheckReadable(database));
  }

  /// File → content of everything in the directory but the -shm files, which are a cache.
  [[nodiscard]] std::map<std::string, std::string> Bytes() const {
    std::map<std::string, std::string> bytes;
    for (const auto& entry : fs::directory_iterator(directory_.path())) {
      const std::string path = entry.path().string();
      if (!path.ends_with("-shm")) bytes[path] = testing::ReadFile(path);
    }
    return bytes;
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
};

std::int64_t Newest() {
  return static_cast<std::int64_t>(EmbeddedMigrations().size());
}

TEST_F(MigrationsTest, BringAFreshFileToTheNewestVersion) {
  Database database = Open();
  ASSERT_TRUE(Migrate(database));
  EXPECT_EQ(database.QueryInt("PRAGMA user_version"), Newest());
  EXPECT_EQ(database.QueryInt("PRAGMA application_id"), kApplicationId);
  EXPECT_EQ(database.QueryInt("SELECT count(*) FROM source_state"), 1);
  EXPECT_EQ(database.QueryInt("SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
  EXPECT_EQ(TryRead(), "ok");
}

TEST_F(MigrationsTest, ChangeNothingTheSecondTime) {
  Make("INSERT INTO series (kind, entity, model) VALUES ('api_key', 'k', 'm')");
  const auto before = Bytes();
  EXPECT_EQ(TryMigrate(), "ok");
  EXPECT_TRUE(Bytes() == before);
}

TEST_F(MigrationsTest, TakeAnEmptyFileAsFresh) {
  testing::WriteFile(path_, "");
  EXPECT_EQ(TryMigrate(), "ok");
}

TEST_F(MigrationsTest, BringAFileOfAnOlderVersionUpAndKeepItsRows) {
  const std::string first(EmbeddedMigrations()[0].text);
  Make(fmt::format("{} INSERT INTO series (kind, entity, model) VALUES ('api_key', 'k', 'm');"
                   "PRAGMA application_id = {}; PRAGMA user_version = 1;",
                   first, kApplicationId),
       false);
  EXPECT_EQ(TryRead(), fmt::format("{{path}} has schema version 1, this keymeter reads {}: start `keymeter "
                                   "process` on it",
                                   Newest()));
  EXPECT_EQ(TryMigrate(), "ok");
  EXPECT_EQ(TryRead(), "ok");
  EXPECT_EQ(Open().QueryInt("SELECT count(*) FROM series"), 1);
}

TEST_F(MigrationsTest, KeepWhatTheProcessorSaidOfItself) {
  std::string older;
  for (std::size_t i = 0; i < 8; ++i) older += EmbeddedMigrations()[i].text;
  Make(fmt::format(
           "{} INSERT INTO heartbeat VALUES (1, '0.1.0', 7, 1000, 5000, 0, 1, '7.0.15', 2000, 3000, 500, "
           "12, 'away'); PRAGMA application_id = {}; PRAGMA user_version = 8;",
           older, kApplicationId),
       false);
  ASSERT_EQ(TryMigrate(), "ok");
  Database database = Open();
  auto row = database.Prepare(
      "SELECT version || ' ' || pid || ' ' || started_ms || ' ' || stopped_ms || ' ' || connected || ' ' || "
      "baseline_read || ' ' || redis_version || ' ' || last_event_ms || ' ' || last_flush_ms || ' ' || "
      "flush_interval_ms || ' ' || lag_ms || ' ' || problem FROM processor_status");
  ASSERT_TRUE(row && row->Step());
  EXPECT_EQ(row->Text(0), "0.1.0 7 1000 5000 0 1 7.0.15 2000 3000 500 12 away");
}

/// A file of version 9 with usage of a key in two hours, the second of which has so much money.
TEST_F(MigrationsTest, TellSinceWhenTheMoneyOfKeysIsKnown) {
  std::string older;
  for (std::size_t i = 0; i < 9; ++i) older += EmbeddedMigrations()[i].text;
  const auto money_from = [&](int first, int second) {
    fs::remove(path_);
    Make(fmt::format(
             "{} INSERT INTO series VALUES (1, 'api_key', 'k', 'm'), (2, 'account', 'a', 'm');"
             "INSERT INTO usage_hour VALUES (3600, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0);"
             "INSERT INTO usage_hour VALUES (7200, 1, 1, 0, 0, 0, 0, 0, 0, {}, 0);"
             "INSERT INTO usage_hour VALUES (14400, 1, 1, 0, 0, 0, 0, 0, 0, {}, 0);"
             "INSERT INTO usage_month SELECT 0, 1, 2, 0, 0, 0, 0, 0, 0, sum(cost_micros), 0 FROM usage_hour;"
             "PRAGMA application_id = {}; PRAGMA user_version = 9;",
             older, first, second, kApplicationId),
         false);
    EXPECT_EQ(TryMigrate(), "ok");
    return Open().QueryInt("SELECT money_from FROM source_state").value();
  };
  EXPECT_EQ(money_from(5, 0), 0) << "from the beginning";
  EXPECT_EQ(money_from(0, 5), 14'400 + 3600);
  EXPECT_EQ(money_from(0, 0), std::numeric_limits<std::int64_t>::max());
}

/// Minutes that are rolled up are in their hours; those that are not count by themselves.
TEST_F(MigrationsTest, TellSinceWhenTheMoneyOfKeysIsKnownByDaysMonthsAndOpenMinutesToo) {
  std::string older;
  for (std::size_t i = 0; i < 13; ++i) older += EmbeddedMigrations()[i].text;
  const auto ends = [&](std::string_view rows) {
    fs::remove(path_);
    Make(fmt::format("{} INSERT INTO series VALUES (1, 'api_key', 'k', 'm');"
                     "UPDATE source_state SET utc_offset_s = 28800, rolled_until = 7200; {}"
                     "PRAGMA application_id = {}; PRAGMA user_version = 13;",
                     older, rows, kApplicationId),
         false);
    EXPECT_EQ(TryMigrate(), "ok");
    Database database = Open();
    auto row = database.Prepare(
        "SELECT coalesce(usage_by, '-') || ' ' || coalesce(money_by, '-') FROM source_state");
    EXPECT_TRUE(row && row->Step());
    return std::string(row->Text(0));
  };
  const auto row = [](std::string_view level, std::int64_t bucket, int cost_micros) {
    return fmt::format("INSERT INTO usage_{} VALUES ({}, 1, 1, 0, 0, 0, 0, 0, 0, {}, 0);", level, bucket,
                       cost_micros);
  };
  EXPECT_EQ(ends(""), "- -");
  EXPECT_EQ(ends(row("minute", 7260, 5)), "10800 10800");
  EXPECT_EQ(ends(row("minute", 60, 5)), "- -");
  EXPECT_EQ(ends(row("month", -28'800, 5) + row("day", 57'600, 5)), "144000 144000");
  EXPECT_EQ(ends(row("month", -28'800, 0)), "2649600 -") << "January ends at +08:00";
}

TEST_F(MigrationsTest, GiveOddNamesOneThatCanBeShown) {
  std::string older;
  for (std::size_t i = 0; i < 9; ++i) older += EmbeddedMigrations()[i].text;
  Make(
      fmt::format(
          "{} INSERT INTO series (id, kind, entity, model) VALUES (1, 'api_key', CAST(x'6bff' AS TEXT), 'm'),"
          " (2, 'api_key', CAST(x'6bfe' AS TEXT), CAST(x'6d09' AS TEXT));"
          "INSERT INTO api_key (id, name) VALUES (CAST(x'6bff' AS TEXT), CAST(x'ff' AS TEXT));"
          "PRAGMA application_id = {}; PRAGMA user_version = 9;",
          older, kApplicationId),
      false);
  ASSERT_EQ(TryMigrate(), "ok");
  Database database = Open();
  auto row = database.Prepare(
      "SELECT group_concat(entity || ' ' || model, ', '), (SELECT id || ' ' || name FROM api_key),"
      " (SELECT group_concat(hex(name)) FROM (SELECT name FROM odd_name ORDER BY name)) FROM series");
  ASSERT_TRUE(row && row->Step());
  EXPECT_EQ(row->Text(0), ShownName("k\xff") + " m, " + ShownName("k\xfe") + " " + ShownName("m\t"));
  EXPECT_EQ(row->Text(1), ShownName("k\xff") + " \xEF\xBF\xBD");
  EXPECT_EQ(row->Text(2), "6BFE,6BFF,6D09");
}

TEST_F(MigrationsTest, MakeEveryViewAnew) {
  const std::string tables(EmbeddedMigrations()[0].text);
  Make(fmt::format(
           "{} CREATE VIEW api_keys AS SELECT 1 AS old; CREATE VIEW outdated AS SELECT * FROM usage_untimed;"
           "PRAGMA application_id = {}; PRAGMA user_version = 2;",
           tables, kApplicationId),
       false);
  EXPECT_EQ(TryMigrate(), "ok");
  EXPECT_EQ(Open().QueryInt("SELECT count(*) FROM pragma_table_info('api_keys') WHERE name = 'rpm'"), 1);
  EXPECT_EQ(Open().QueryInt("SELECT count(*) FROM sqlite_schema WHERE name = 'outdated'"), 0);
}

TEST_F(MigrationsTest, RefuseAFileOfANewerVersionAndLeaveItAsItIs) {
  Make("PRAGMA user_version = 99; CREATE TABLE of_the_future (a)");
  const auto before = Bytes();
  const std::string refusal = fmt::format(
      "{{path}} has schema version 99, this keymeter knows up to {}: run the newer keymeter, or name another "
      "--db",
      Newest());
  EXPECT_EQ(TryMigrate(), refusal);
  EXPECT_EQ(Refusal(), ErrorReason::kNewerSchema);
  EXPECT_EQ(TryRead(), refusal);
  EXPECT_TRUE(Bytes() == before);
}

TEST_F(MigrationsTest, LeaveTheUnfinishedWalOfANewerVersionAsItIs) {
  const std::string origin = path_;
  path_ = directory_.File("crashed.db");
  {
    auto newer = Database::Open(origin, Mode::kReadWrite);
    ASSERT_TRUE(newer && Migrate(*newer) && newer->Execute("PRAGMA user_version = 99"));
    fs::copy_file(origin, path_);
    fs::copy_file(origin + "-wal", path_ + "-wal");
  }
  const auto before = Bytes();
  EXPECT_NE(TryMigrate(), "ok");
  EXPECT_TRUE(Bytes() == before);
}

TEST_F(MigrationsTest, RefuseAFileOfAnotherApplicationAndLeaveItAsItIs) {
  for (const char* sql :
       {"CREATE TABLE theirs (a)", "PRAGMA application_id = 1", "PRAGMA user_version = 1"}) {
    Make(sql, false);
    const auto before = Bytes();
    EXPECT_EQ(TryMigrate(), "{path} is a SQLite file of another application: name another --db") << sql;
    EXPECT_EQ(TryRead(), "{path} is a SQLite file of another application: name another --db") << sql;
    EXPECT_EQ(Refusal(), ErrorReason::kForeignFile) << sql;
    EXPECT_TRUE(Bytes() == before) << sql;
    fs::remove(path_);
  }
}

TEST_F(MigrationsTest, RefuseAFileThatIsNotSqliteAndLeaveItAsItIs) {
  for (const std::string& content : {std::string(512, 'x'), std::string(10'000, 'x')}) {
    testing::WriteFile(path_, content);
    Database database = Open();
    const Status migrated = Migrate(database);
    ASSERT_FALSE(migrated);
    EXPECT_EQ(Shown(migrated), "read {path}: file is not a database");
    EXPECT_EQ(migrated.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(migrated.error().reason, ErrorReason::kDamaged);
    EXPECT_TRUE(testing::ReadFile(path_) == content);
  }
}

TEST_F(MigrationsTest, RefuseAFileTooShortForSqliteAndLeaveItAsItIs) {
  for (const std::string& content :
       {std::string("x"), std::string("name,requests\n"), std::string(511, 'x')}) {
    testing::WriteFile(path_, content);
    const auto database = Database::Open(path_, Mode::kReadWrite);
    ASSERT_FALSE(database);
    EXPECT_EQ(database.error().message, "open " + path_ + ": file is not a database");
    EXPECT_EQ(database.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(database.error().reason, ErrorReason::kDamaged);
    EXPECT_TRUE(testing::ReadFile(path_) == content);
  }
}

TEST_F(MigrationsTest, ThatFailLeaveTheOldVersion) {
  Make(fmt::format("CREATE TABLE heartbeat (a); PRAGMA application_id = {}", kApplicationId), false);
  EXPECT_EQ(TryMigrate(), "migrate {path} with 0001_tables.sql: table heartbeat already exists");
  Database database = Open();
  EXPECT_EQ(database.QueryInt("PRAGMA user_version"), 0);
  EXPECT_EQ(database.QueryInt("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(MigrationsTest, ThatHaveNotRunYetMakeAReaderWait) {
  testing::WriteFile(path_, "");
  Database reader = Open(Mode::kReadOnly);
  const Status readable = CheckReadable(reader);
  ASSERT_FALSE(readable);
  EXPECT_EQ(readable.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(readable.error().reason, ErrorReason::kOlderSchema);
  EXPECT_EQ(
      Shown(readable),
      fmt::format("{{path}} has schema version 0, this keymeter reads {}: start `keymeter process` on it",
                  Newest()));
}

TEST_F(MigrationsTest, NeedADirectoryThatCanBeWritten) {
  testing::WriteFile(directory_.File("file"), "");
  for (const auto& [path, reason] :
       {std::pair{directory_.File("missing/keymeter.db"), "No such file or directory"},
        std::pair{directory_.File("file/keymeter.db"), "Not a directory"},
        std::pair{std::string("/proc/keymeter.db"), "No such file or directory"},
        std::pair{directory_.path().string(), "Is a directory"}}) {
    const auto database = Database::Open(path, Mode::kReadWrite);
    ASSERT_FALSE(database) << path;
    EXPECT_EQ(database.error().code, ErrorCode::kRefused);
    EXPECT_EQ(database.error().reason, ErrorReason::kCannotOpen);
    EXPECT_EQ(
        database.error().message,
        fmt::format("open {}: {}; the directory must exist and be writable by this user", path, reason));
  }
}

}  // namespace

}  // namespace keymeter
