#include "query-api/access/watched_file.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temp_dir.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::TempDir;
using keymeter::testing::WriteFile;

class WatchedFileTest : public ::testing::Test {
 protected:
  using Number = WatchedFile<int>;

  [[nodiscard]] Result<std::unique_ptr<Number>> Open() {
    const auto parse = [this](const std::string& text) -> Result<int> {
      ++parsed_;
      if (text.empty()) return Fail(ErrorCode::kInvalid, "is empty");
      return static_cast<int>(text.size());
    };
    return Number::Open(path_, 10, parse, clock_);
  }
  [[nodiscard]] std::string OpenError() { return Open().error().message; }

  const TempDir directory_;
  const std::string path_ = directory_.File("number");
  ManualClock clock_{0};
  int parsed_ = 0;
};

TEST_F(WatchedFileTest, ReadsTheFileAgainWhenItHasChanged) {
  WriteFile(path_, "1");
  const auto file = Open();
  ASSERT_TRUE(file);
  EXPECT_EQ(*(*file)->Get(), 1);
  WriteFile(path_, "12");
  EXPECT_EQ(*(*file)->Get(), 1) << "it was looked at less than a second ago";
  clock_.AdvanceMs(1000);
  EXPECT_EQ(*(*file)->Get(), 2);
  clock_.AdvanceMs(1000);
  EXPECT_EQ(*(*file)->Get(), 2);
  EXPECT_EQ(parsed_, 2) << "a file that stays the same is not read again";
}

TEST_F(WatchedFileTest, KeepsTheLastGoodValue) {
  WriteFile(path_, "123");
  const auto file = Open();
  for (const char* text : {"", "much too long"}) {
    WriteFile(path_, text);
    clock_.AdvanceMs(1000);
    EXPECT_EQ(*(*file)->Get(), 3) << text;
  }
  std::filesystem::remove(path_);
  clock_.AdvanceMs(1000);
  EXPECT_EQ(*(*file)->Get(), 3);
  WriteFile(path_, "1234");
  clock_.AdvanceMs(1000);
  EXPECT_EQ(*(*file)->Get(), 4);
}

TEST_F(WatchedFileTest, NamesThePathOfWhatCannotBeUsed) {
  EXPECT_EQ(OpenError(), path_ + ": No such file or directory");
  WriteFile(path_, "");
  EXPECT_EQ(OpenError(), path_ + ": is empty");
  WriteFile(path_, "eleven byte");
  EXPECT_EQ(OpenError(), path_ + ": is longer than 10 bytes");
  ::chmod(path_.c_str(), 0666);
  EXPECT_NE(OpenError().find("everybody may write it"), std::string::npos);
}

TEST_F(WatchedFileTest, ReadsRegularFilesOnly) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(OpenError(), path_ + ": is no regular file") << "and does not wait for a writer";
}

}  // namespace
}  // namespace keymeter::query_api
