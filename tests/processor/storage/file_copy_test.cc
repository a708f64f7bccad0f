#include "processor/storage/file_copy.h"

#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "schema/file_descriptor.h"
#include "tests/processor/storage/usage_database.h"
#include "tests/support/database_rows.h"

namespace keymeter::processor {

namespace {

using testing::DatabaseRows;

/// The copy's own, which it opens before SQLite opens the file once more.
int FirstDescriptorOf(const std::string& path) {
  for (int number = 0; number < 1024; ++number) {
    std::error_code not_open;
    if (std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", number), not_open) == path)
      return number;
  }
  return -1;
}

class FileCopyTest : public ::testing::Test {
 protected:
  /// Only the target may be there, and the database that was copied.
  [[nodiscard]] bool IsNothingLeft() const {
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
      if (entry.path().string().find("copy.db") != std::string::npos) return false;
    return true;
  }

  testing::TempDir directory_;
  std::string db_ = directory_.File("keymeter.db");
  std::string copy_ = directory_.File("copy.db");
  Database source_ = MakeUsageDatabase(db_, 20'000);
};

TEST_F(FileCopyTest, IsOneSoundFileWithoutAWal) {
  const Status copied = CopyDatabase(source_, copy_, {});
  ASSERT_TRUE(copied) << copied.error().message;
  const DatabaseRows rows(copy_);
  EXPECT_EQ(rows.Value("SELECT count(*) FROM series"), "20000");
  EXPECT_EQ(rows.Value("SELECT integrity_check FROM pragma_integrity_check"), "ok");
  EXPECT_EQ(rows.Value("SELECT journal_mode FROM pragma_journal_mode"), "delete");
  for (const char* suffix : {"-wal", "-shm", "-journal", ".partial", ".partial-wal", ".partial-shm"})
    EXPECT_FALSE(std::filesystem::exists(copy_ + suffix)) << suffix;
  struct stat found {};
  ASSERT_EQ(::stat(copy_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0640U);
}

TEST_F(FileCopyTest, HoldsOneMomentWhateverIsWrittenMeanwhile) {
  auto reader = Database::Open(db_, Database::Mode::kReadOnly).value();
  std::int64_t steps = 0;
  const auto write = [&](std::int64_t /*done*/, std::int64_t /*total*/) {
    ++steps;
    ASSERT_TRUE(
        source_.Execute("DELETE FROM series WHERE id % 7 = 3; INSERT INTO series (kind, entity, model) "
                        "VALUES ('account', hex(randomblob(8)), 'm')"));
  };
  ASSERT_TRUE(CopyDatabase(reader, copy_, {.on_progress = write}));
  EXPECT_GE(steps, 1);
  EXPECT_EQ(DatabaseRows(copy_).Value("SELECT count(*) FROM series"), "20000");
  EXPECT_TRUE(source_.Checkpoint()) << "the reader's moment was let go";
}

TEST_F(FileCopyTest, ReplacesOnlyWhenAsked) {
  testing::WriteFile(copy_, "mine");
  const Status refused = CopyDatabase(source_, copy_, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRefused);
  EXPECT_EQ(testing::ReadFile(copy_), "mine");
  ASSERT_TRUE(CopyDatabase(source_, copy_, {.replaces = true}));
  EXPECT_EQ(DatabaseRows(copy_).Value("SELECT count(*) FROM series"), "20000");
}

TEST_F(FileCopyTest, ReplacesNothingThatCameMeanwhileAndMayNotBeReplaced) {
  const std::string other = directory_.File("other");
  testing::WriteFile(other, "theirs");
  const auto put_link = [&](std::int64_t /*done*/, std::int64_t /*total*/) {
    std::error_code is_there_already;
    std::filesystem::create_symlink(other, copy_, is_there_already);
  };
  EXPECT_FALSE(CopyDatabase(source_, copy_, {.replaces = true, .on_progress = put_link}));
  EXPECT_TRUE(std::filesystem::is_symlink(copy_));
  std::filesystem::remove(copy_);
  const auto put_file = [&](std::int64_t /*done*/, std::int64_t /*total*/) {
    testing::WriteFile(copy_, "mine");
  };
  EXPECT_FALSE(CopyDatabase(source_, copy_, {.on_progress = put_file}));
  EXPECT_EQ(testing::ReadFile(copy_), "mine");
  EXPECT_EQ(testing::ReadFile(other), "theirs");
}

TEST_F(FileCopyTest, LeavesTheOldOneWithItsWalWhenItCannotBeMadeDurable) {
  testing::WriteFile(copy_, "old");
  testing::WriteFile(copy_ + "-wal", "its WAL");
  bool is_broken = false;
  const auto break_fsync = [&](std::int64_t /*done*/, std::int64_t /*total*/) {
    if (std::exchange(is_broken, true)) return;
    const FileDescriptor unsyncable(::eventfd(0, EFD_CLOEXEC));
    ASSERT_GE(::dup2(unsyncable.number(), FirstDescriptorOf(copy_ + ".partial")), 0);
  };
  const Status copied = CopyDatabase(source_, copy_, {.replaces = true, .on_progress = break_fsync});
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code, ErrorCode::kUnavailable) << copied.error().message;
  EXPECT_EQ(testing::ReadFile(copy_), "old");
  EXPECT_EQ(testing::ReadFile(copy_ + "-wal"), "its WAL");
}

TEST_F(FileCopyTest, LeavesNothingWhenInterrupted) {
  EXPECT_FALSE(CopyDatabase(source_, copy_, {.is_stopping = [] { return true; }}));
  EXPECT_TRUE(IsNothingLeft());
}

TEST_F(FileCopyTest, OfADamagedFileIsNoneAndLeavesNothing) {
  source_ = MakeUsageDatabase(directory_.File("other.db"), 1);
  SpoilPages(db_, testing::ReadFile(db_).size() / 4096 / 2, 3);
  auto damaged = Database::Open(db_, Database::Mode::kReadOnly).value();
  const Status copied = CopyDatabase(damaged, copy_, {});
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code, ErrorCode::kCorrupt) << copied.error().message;
  EXPECT_TRUE(IsNothingLeft());
}

TEST_F(FileCopyTest, WritesOverWhatAKilledOneLeftButNotWhatAnotherOneWrites) {
  testing::WriteFile(copy_ + ".partial", std::string(5000, 'x'));
  ASSERT_TRUE(CopyDatabase(source_, copy_, {}));
  testing::WriteFile(copy_ + ".partial", "half");
  const FileDescriptor other(::open((copy_ + ".partial").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::flock(other.number(), LOCK_EX | LOCK_NB), 0);
  EXPECT_FALSE(CopyDatabase(source_, copy_, {.replaces = true}));
  EXPECT_EQ(testing::ReadFile(copy_ + ".partial"), "half");
}

TEST_F(FileCopyTest, WithoutADirectorySaysSo) {
  const Status copied = CopyDatabase(source_, directory_.File("nowhere/copy.db"), {});
  ASSERT_FALSE(copied);
  EXPECT_NE(copied.error().message.find("No such file"), std::string::npos) << copied.error().message;
}

}  // namespace

}  // namespace keymeter::processor
