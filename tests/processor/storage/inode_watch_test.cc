#include "processor/storage/inode_watch.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "tests/processor/storage/usage_database.h"
#include "tests/support/database_rows.h"

namespace keymeter::processor {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kNow = 1'795'645'249'000;  // 2026-11-25T22:20:49Z

class InodeWatchTest : public ::testing::Test {
 protected:
  testing::TempDir directory_;
  std::string db_ = directory_.File("keymeter.db");
  Database database_ = MakeUsageDatabase(db_, 10);
  InodeWatch watch_{db_};
};

TEST_F(InodeWatchTest, SeesNothingWhileTheFileIsInPlace) {
  EXPECT_TRUE(watch_.CheckInPlace());
  ASSERT_TRUE(database_.Execute("DELETE FROM series WHERE id = 1"));
  EXPECT_TRUE(watch_.CheckInPlace());
}

TEST_F(InodeWatchTest, SeesThatItWasDeletedOrReplaced) {
  fs::rename(db_, db_ + ".old");
  EXPECT_NE(watch_.CheckInPlace().error().message.find("deleted or moved away"), std::string::npos);
  EXPECT_EQ(watch_.CheckInPlace().error().reason, ErrorReason::kFileReplaced);
  testing::WriteFile(db_, "");
  EXPECT_NE(watch_.CheckInPlace().error().message.find("replaced by another file"), std::string::npos);
}

TEST_F(InodeWatchTest, RescuesWhatTheConnectionStillSees) {
  fs::remove(db_);
  ASSERT_TRUE(database_.Execute("DELETE FROM series WHERE id = 1"));
  const auto saved = watch_.Rescue(database_, kNow);
  ASSERT_TRUE(saved) << saved.error().message;
  EXPECT_EQ(*saved, fs::canonical(directory_.path()).string() + "/keymeter.db.rescued-20261125T222049Z");
  EXPECT_EQ(testing::DatabaseRows(*saved).Value("SELECT count(*) FROM series"), "9");
  for (const char* suffix : {"-wal", "-shm"}) EXPECT_FALSE(fs::exists(db_ + suffix)) << suffix;
}

TEST_F(InodeWatchTest, LeavesTheWalFilesOfAnotherFileAlone) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    fs::rename(db_ + suffix, db_ + ".old" + suffix);
    testing::WriteFile(db_ + suffix, "theirs");
  }
  ASSERT_TRUE(watch_.Rescue(database_, kNow));
  for (const char* suffix : {"", "-wal", "-shm"}) EXPECT_EQ(testing::ReadFile(db_ + suffix), "theirs");
}

TEST_F(InodeWatchTest, NeverRescuesIntoWhatIsThere) {
  fs::remove(db_);
  const std::string first = watch_.Rescue(database_, kNow).value();
  const std::string second = watch_.Rescue(database_, kNow).value();
  EXPECT_EQ(second, first + "-2");
}

}  // namespace

}  // namespace keymeter::processor
