#include "query-api/http/spool_file.h"

#include <filesystem>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::query_api {
namespace {

class SpoolFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] SpoolFile Create(std::uint64_t most_bytes = 1'000'000) const {
    auto file = SpoolFile::Create(directory_.path().string(), most_bytes);
    if (!file) throw std::runtime_error(file.error().message);
    return std::move(*file);
  }
  keymeter::testing::TempDir directory_;
};

TEST_F(SpoolFileTest, GivesBackWhatWasAppendedPieceByPiece) {
  SpoolFile file = Create();
  std::string all;
  for (int i = 0; i < 50'000; ++i) {
    const std::string line = fmt::format("{}\n", i);
    ASSERT_TRUE(file.Append(line));
    all += line;
  }
  ASSERT_TRUE(file.Flush());
  EXPECT_EQ(*file.Size(), all.size());
  EXPECT_EQ(*file.Read(0, all.size() + 10), all);
  EXPECT_EQ(*file.Read(100'000, 10), all.substr(100'000, 10));
  EXPECT_EQ(*file.Read(all.size(), 10), "");
}

TEST_F(SpoolFileTest, HasNoName) {
  SpoolFile file = Create();
  ASSERT_TRUE(file.Append("x"));
  ASSERT_TRUE(file.Flush());
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

TEST_F(SpoolFileTest, TakesNoMoreThanItsBound) {
  SpoolFile file = Create(10);
  EXPECT_TRUE(file.Append("0123456789"));
  const auto failed = file.Append("0");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
}

TEST_F(SpoolFileTest, ADirectoryThatIsMissingIsUnavailableAndNamesTheSettingButNoPath) {
  const auto file = SpoolFile::Create(directory_.File("missing"), 10);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kUnavailable);
  const std::string& message = file.error().message;
  EXPECT_NE(message.find("--spool-dir"), std::string::npos) << message;
  EXPECT_EQ(message.find('/'), std::string::npos) << message << ": clients read it, so no path";
}

TEST_F(SpoolFileTest, ALargeBodyIsClosedWhenItIsReleased) {
  auto body = std::make_shared<FileBody>();
  body->file = FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  body->bytes = std::uint64_t{1} << 30U;
  const int number = body->file.number();
  ASSERT_GE(::fcntl(number, F_GETFD), 0);
  body.reset();  // by a thread of its own
  EXPECT_TRUE(testing::WaitFor([&] { return ::fcntl(number, F_GETFD) < 0; }));
}

TEST_F(SpoolFileTest, BecomesTheBodyOfAResponse) {
  SpoolFile file = Create();
  ASSERT_TRUE(file.Append("all of it"));
  const auto body = file.TakeBody();
  ASSERT_TRUE(body);
  EXPECT_EQ((*body)->bytes, 9U);
  EXPECT_EQ(*ReadAt((*body)->file, 0, 100), "all of it");
  EXPECT_EQ((*body)->sent, 0U);
}

}  // namespace
}  // namespace keymeter::query_api
