#include "processor/storage/writer_lock.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kStart = 1'795'645'249'000;  // 2026-11-25T22:20:49Z

class WriterLockTest : public ::testing::Test {
 protected:
  [[nodiscard]] Result<WriterLock> Take(const std::string& path) const {
    return WriterLock::Take(path, kStart);
  }

  testing::TempDir directory_;
  std::string db_ = directory_.File("keymeter.db");
};

TEST_F(WriterLockTest, RefusesASecondOneAndNamesTheFirst) {
  const auto first = Take(db_);
  ASSERT_TRUE(first) << first.error().message;
  const auto second = Take(db_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kRefused);
  EXPECT_EQ(second.error().reason, ErrorReason::kHeldByAnother);
  EXPECT_EQ(second.error().Text(),
            fmt::format("{} is written by keymeter process {} since 2026-11-25T22:20:49Z: stop it first, or "
                        "name another --db",
                        db_, ::getpid()));
  EXPECT_FALSE(std::filesystem::exists(db_)) << "a refusal makes no file";
}

TEST_F(WriterLockTest, IsFreeAgainWhenItsHolderIsGoneAndItsFileStays) {
  (void)Take(db_);
  EXPECT_TRUE(std::filesystem::exists(db_ + ".lock"));
  EXPECT_TRUE(Take(db_));
}

TEST_F(WriterLockTest, MeetsUnderEveryNameOfTheFile) {
  std::filesystem::create_symlink(directory_.path(), directory_.File("link"));
  testing::WriteFile(db_, "");
  std::filesystem::create_symlink(db_, directory_.File("other.db"));
  const auto first = Take(db_);
  EXPECT_FALSE(Take(directory_.File("link/keymeter.db")));
  EXPECT_FALSE(Take(directory_.File("other.db")));
  EXPECT_TRUE(Take(directory_.File("another.db")));
}

TEST_F(WriterLockTest, CanBeAskedAboutWithoutBeingTaken) {
  EXPECT_FALSE(WriterLock::FindHolder(db_).value());
  {
    const auto lock = Take(db_);
    const auto holder = WriterLock::FindHolder(db_).value();
    ASSERT_TRUE(holder);
    EXPECT_EQ(holder->pid, ::getpid());
    EXPECT_EQ(holder->since, "2026-11-25T22:20:49Z");
  }
  EXPECT_FALSE(WriterLock::FindHolder(db_).value());
}

TEST_F(WriterLockTest, OfOneThatHasNotSaidWhoItIsHoldsToo) {
  const auto first = Take(db_);
  testing::WriteFile(db_ + ".lock", "");
  EXPECT_NE(Take(db_).error().message.find("another keymeter"), std::string::npos);
}

TEST_F(WriterLockTest, IsClosedToOthers) {
  const auto lock = Take(db_);
  struct stat found {};
  ASSERT_EQ(::stat((db_ + ".lock").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0007U, 0U);
}

TEST_F(WriterLockTest, WithoutADirectoryOrOnOneSaysSo) {
  const Error nowhere = Take("/nowhere/k.db").error();
  EXPECT_NE(nowhere.message.find("the directory must exist"), std::string::npos);
  EXPECT_EQ(nowhere.reason, ErrorReason::kCannotOpen);
  const Error directory = Take(directory_.path().string()).error();
  EXPECT_EQ(directory.Text(), directory_.path().string() + " is a directory: name a file in --db");
  EXPECT_EQ(directory.reason, ErrorReason::kCannotOpen);
}

}  // namespace

}  // namespace keymeter::processor
