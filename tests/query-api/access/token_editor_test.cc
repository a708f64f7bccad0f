#include "query-api/access/token_editor.h"

#include <filesystem>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::ReadFile;
using keymeter::testing::TempDir;
using keymeter::testing::WriteFile;

class TokenEditorTest : public ::testing::Test {
 protected:
  Status Add(const std::string& name) {
    return EditTokens(path_, MissingFile::kIsMade, [&](StoredTokens& tokens) -> Status {
      tokens.push_back({fmt::format("{:08x}", tokens.size()),
                        name,
                        Role::kViewer,
                        1'795'178'070,
                        {},
                        std::string(32, 'x')});
      return {};
    });
  }
  [[nodiscard]] mode_t Mode() const {
    struct stat file {};
    EXPECT_EQ(::stat(path_.c_str(), &file), 0);
    return file.st_mode & 07777;
  }

  const TempDir directory_;
  const std::string path_ = directory_.File("tokens.json");
};

TEST_F(TokenEditorTest, MakesAFileThatOnlyItsOwnerReads) {
  ASSERT_TRUE(Add("one"));
  EXPECT_EQ(Mode(), 0600U);
  EXPECT_EQ(ReadTokens(path_)->at(0).name, "one");
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
    EXPECT_EQ(entry.path().filename(), "tokens.json") << "nothing else is left";
}

TEST_F(TokenEditorTest, KeepsTheGroupsRightsAndTakesThoseOfOthers) {
  ASSERT_TRUE(Add("one"));
  ::chmod(path_.c_str(), 0644);
  ASSERT_TRUE(Add("two"));
  EXPECT_EQ(Mode(), 0640U);
}

TEST_F(TokenEditorTest, LeavesTheFileToItsOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  constexpr uid_t kSomebody = 4711;
  ASSERT_TRUE(Add("one"));
  ASSERT_EQ(::chown(path_.c_str(), kSomebody, kSomebody), 0);
  ASSERT_TRUE(Add("two"));
  struct stat file {};
  ASSERT_EQ(::stat(path_.c_str(), &file), 0);
  EXPECT_EQ(file.st_uid, kSomebody);
  EXPECT_EQ(file.st_gid, kSomebody);
}

TEST_F(TokenEditorTest, FollowsALinkToTheFile) {
  ASSERT_TRUE(Add("one"));
  const std::string link = directory_.File("link.json");
  std::filesystem::create_symlink("tokens.json", link);
  ASSERT_TRUE(EditTokens(link, MissingFile::kIsAnError, [](StoredTokens& tokens) -> Status {
    tokens.clear();
    return {};
  }));
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_TRUE(ReadTokens(path_)->empty());
}

TEST_F(TokenEditorTest, LeavesTheFileAsItWasWhenTheEditFails) {
  ASSERT_TRUE(Add("one"));
  const std::string before = ReadFile(path_);
  const Status edited = EditTokens(path_, MissingFile::kIsAnError, [](StoredTokens& tokens) -> Status {
    tokens.clear();
    return Fail(ErrorCode::kRefused, "no");
  });
  EXPECT_EQ(edited.error().message, "no");
  EXPECT_EQ(ReadFile(path_), before);
}

TEST_F(TokenEditorTest, RefusesWhatIsNoTokenFile) {
  WriteFile(path_, "{\"precious\": 1}");
  EXPECT_FALSE(Add("one"));
  EXPECT_EQ(ReadFile(path_), "{\"precious\": 1}");
  EXPECT_FALSE(
      EditTokens(directory_.File("none"), MissingFile::kIsAnError, [](StoredTokens&) { return Status(); }));
  EXPECT_FALSE(
      EditTokens(directory_.File("no/dir"), MissingFile::kIsMade, [](StoredTokens&) { return Status(); }));
}

TEST_F(TokenEditorTest, LosesNothingWhenSeveralEditAtOnce) {
  constexpr int kEditors = 8;
  std::vector<std::thread> editors;
  editors.reserve(kEditors);
  for (int i = 0; i < kEditors; ++i)
    editors.emplace_back([this, i] { EXPECT_TRUE(Add(fmt::format("token-{}", i))); });
  for (std::thread& editor : editors) editor.join();
  EXPECT_EQ(ReadTokens(path_)->size(), kEditors);
}

}  // namespace
}  // namespace keymeter::query_api
