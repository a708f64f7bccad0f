#include "schema/regular_file.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temp_dir.h"

namespace keymeter {
namespace {

namespace fs = std::filesystem;

class RegularFile : public ::testing::Test {
 protected:
  RegularFile() {
    testing::WriteFile(Path("file"), "theirs");
    fs::create_symlink(Path("file"), Path("link"));
    fs::create_symlink(Path("nowhere"), Path("dangling"));
    EXPECT_EQ(::mkfifo(Path("fifo").c_str(), 0600), 0);
    EXPECT_EQ(::mkdir(Path("directory").c_str(), 0700), 0);
  }
  [[nodiscard]] std::string Path(const std::string& name) const { return directory_.File(name); }
  /// The reason, without the path; "" when it was opened.
  template <typename T>
  [[nodiscard]] std::string Why(const std::string& name, const T& result) const {
    return result ? "" : result.error().message.substr(Path(name).size() + 2);
  }
  [[nodiscard]] std::string Read(const std::string& name) const { return Why(name, OpenToRead(Path(name))); }
  [[nodiscard]] std::string Ours(const std::string& name) const {
    return Why(name, OpenOurs(Path(name), 0600));
  }
  [[nodiscard]] std::string Replace(const std::string& name) const {
    return Why(name, CheckReplaceable(Path(name)));
  }

  const testing::TempDir directory_;
};

TEST_F(RegularFile, IsReadAlsoThroughALink) {
  EXPECT_EQ(Read("file"), "");
  EXPECT_EQ(Read("link"), "");
  EXPECT_EQ(Read("missing"), "No such file or directory");
  EXPECT_EQ(OpenToRead(Path("missing")).error().reason, ErrorReason::kCannotOpen);
}

TEST_F(RegularFile, IsNoFifoDeviceOrDirectory) {
  EXPECT_EQ(Read("fifo"), "is no regular file");
  EXPECT_EQ(Read("directory"), "Is a directory");
  EXPECT_FALSE(OpenToRead("/dev/null"));
  EXPECT_EQ(Ours("fifo"), "is no regular file");
  EXPECT_EQ(Replace("fifo"), "is no regular file");
  EXPECT_EQ(Replace("directory"), "is no regular file");
}

TEST_F(RegularFile, OfOursIsNotBehindALink) {
  EXPECT_EQ(Ours("file"), "");
  EXPECT_EQ(Ours("new"), "");
  EXPECT_TRUE(fs::exists(Path("new")));
  EXPECT_EQ(Ours("link"), "is a symbolic link, which is not followed");
  EXPECT_EQ(Ours("dangling"), "is a symbolic link, which is not followed");
  EXPECT_FALSE(fs::exists(Path("nowhere"))) << "nothing was made behind it";
  EXPECT_EQ(Replace("link"), "is a symbolic link: name the file itself");
  EXPECT_EQ(Replace("file"), "");
  EXPECT_EQ(Replace("missing"), "");
}

TEST_F(RegularFile, OfOursIsLookedAtOnlyWhereItIsThere) {
  EXPECT_TRUE(OpenOursToLook(Path("file"))->IsOpen());
  EXPECT_FALSE(OpenOursToLook(Path("missing"))->IsOpen());
  EXPECT_FALSE(OpenOursToLook(Path("link")));
  EXPECT_FALSE(OpenOursToLook(Path("fifo")));
}

}  // namespace
}  // namespace keymeter
