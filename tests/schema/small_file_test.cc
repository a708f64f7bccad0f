#include "schema/small_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temp_dir.h"

namespace keymeter {
namespace {

class ReadSmallFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string Write(std::string_view content) const {
    testing::WriteFile(directory_.File("file"), content);
    return directory_.File("file");
  }

  const testing::TempDir directory_;
};

TEST_F(ReadSmallFileTest, GivesTheWholeContent) {
  for (const std::size_t size : {0U, 1U, 16'383U, 16'384U, 16'385U, 100'000U}) {
    const std::string content(size, 'x');
    const auto text = ReadSmallFile(Write(content), 100'000);
    ASSERT_TRUE(text) << size;
    EXPECT_EQ(*text, content) << size;
  }
}

TEST_F(ReadSmallFileTest, RefusesMoreThanItIsToTake) {
  const std::string path = Write("12345");
  EXPECT_TRUE(ReadSmallFile(path, 5));
  EXPECT_EQ(ReadSmallFile(path, 4).error().message, path + ": is longer than 4 bytes");
}

TEST_F(ReadSmallFileTest, NamesPathAndReason) {
  const std::string missing = directory_.File("missing");
  const auto read = ReadSmallFile(missing, 10);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, missing + ": No such file or directory");
  EXPECT_EQ(read.error().reason, ErrorReason::kCannotOpen);
  EXPECT_EQ(ReadSmallFile(directory_.path().string(), 10).error().message,
            directory_.path().string() + ": Is a directory");
}

TEST_F(ReadSmallFileTest, DoesNotWaitForAPipe) {
  const std::string pipe = directory_.File("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(ReadSmallFile(pipe, 100).error().message, pipe + ": is no regular file");
}

}  // namespace
}  // namespace keymeter
