#include "processor/storage/wal_files.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kNow = 1'795'645'249'000;  // 2026-11-25T22:20:49Z

class WalFilesTest : public ::testing::Test {
 protected:
  static void Make(const std::string& path) {
    for (const std::string_view suffix : kDatabaseSuffixes)
      testing::WriteFile(path + std::string(suffix), "of " + std::string(suffix));
  }
  static int CountOf(const std::string& path) {
    int count = 0;
    for (const std::string_view suffix : kDatabaseSuffixes)
      count += fs::exists(path + std::string(suffix)) ? 1 : 0;
    return count;
  }

  testing::TempDir directory_;
  std::string db_ = directory_.File("keymeter.db");
};

TEST_F(WalFilesTest, MoveWithTheirDatabase) {
  Make(db_);
  const std::string target = directory_.File("other.db");
  ASSERT_TRUE(MoveDatabase(db_, target));
  EXPECT_EQ(CountOf(db_), 0);
  EXPECT_EQ(testing::ReadFile(target + "-wal"), "of -wal");
}

TEST_F(WalFilesTest, MayBeMissing) {
  testing::WriteFile(db_, "x");
  ASSERT_TRUE(MoveDatabase(db_, directory_.File("other.db")));
  EXPECT_EQ(CountOf(directory_.File("other.db")), 1);
}

TEST_F(WalFilesTest, OfADatabaseThatIsMissingAreAnError) {
  const Status moved = MoveDatabase(db_, directory_.File("other.db"));
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, ErrorCode::kRefused);
}

TEST_F(WalFilesTest, AreRemovedWithTheirDatabase) {
  Make(db_);
  RemoveDatabase(db_);
  EXPECT_EQ(CountOf(db_), 0);
  RemoveDatabase(db_);  // a missing file is no error
}

TEST_F(WalFilesTest, PutAsideHaveAPathThatIsFree) {
  const std::string first = AsidePath(db_, "damaged", kNow);
  EXPECT_EQ(first, db_ + ".damaged-20261125T222049Z");
  testing::WriteFile(first, "");
  EXPECT_EQ(AsidePath(db_, "damaged", kNow), first + "-2");
}

TEST_F(WalFilesTest, AreBesideTheFileThatALinkLeadsTo) {
  testing::WriteFile(db_, "");
  fs::create_symlink(db_, directory_.File("link.db"));
  EXPECT_EQ(ResolvedPath(directory_.File("link.db")), fs::canonical(db_).string());
  EXPECT_EQ(ResolvedPath(directory_.File("missing.db")),
            fs::canonical(directory_.path()).string() + "/missing.db");
}

}  // namespace

}  // namespace keymeter::processor
