#include "query-api/access/token_file.h"

#include <filesystem>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "query-api/access/digest.h"
#include "query-api/access/token_editor.h"
#include "schema/hex.h"
#include "tests/support/temp_dir.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::ReadFile;
using keymeter::testing::TempDir;
using keymeter::testing::WriteFile;

StoredToken Stored(const std::string& id, const std::string& name, const std::string& token) {
  return {id, name, Role::kViewer, 1'795'178'070, {}, Sha256(token)};
}

TEST(TokenFile, IsReadAsItWasWritten) {
  StoredTokens tokens = {Stored("00000001", "one", "t1"), Stored("00000002", "two@x.y_z-", "t2")};
  tokens[1].role = Role::kAdmin;
  tokens[1].expires_s = 1'800'000'000;
  const auto again = ParseTokenFile(TokenFileText(tokens));
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_EQ(again->size(), 2U);
  EXPECT_EQ(again->at(0).sha256, Sha256("t1"));
  EXPECT_FALSE(again->at(0).expires_s);
  EXPECT_EQ(again->at(1).name, "two@x.y_z-");
  EXPECT_EQ(again->at(1).role, Role::kAdmin);
  EXPECT_EQ(again->at(1).created_s, 1'795'178'070);
  EXPECT_EQ(again->at(1).expires_s, 1'800'000'000);
  EXPECT_EQ(TokenFileText(*again), TokenFileText(tokens));
  EXPECT_EQ(TokenFileText(tokens).find("t1"), std::string::npos) << "hashes only";
}

TEST(TokenFile, FindsATokenByItsHash) {
  const StoredTokens tokens = {Stored("00000001", "one", "t1"), Stored("00000002", "two", "t2")};
  EXPECT_EQ(FindToken(tokens, "t2"), &tokens[1]);
  for (const char* other : {"", "t", "t3", "T2", "t2 "})
    EXPECT_EQ(FindToken(tokens, other), nullptr) << other;
  EXPECT_EQ(FindToken(tokens, ToHex(tokens[0].sha256)), nullptr) << "who reads the file cannot use it";
}

TEST(TokenFile, MakesTokensThatNobodyGuesses) {
  const std::string token = MakeToken();
  EXPECT_EQ(token.size(), 46U);
  EXPECT_EQ(token.substr(0, 3), "km_");
  EXPECT_NE(token, MakeToken());
}

TEST(TokenFile, ThatIsWrongSaysWhere) {
  const auto changed = [](const std::function<void(nlohmann::ordered_json&)>& change) {
    auto json = nlohmann::ordered_json::parse(
        TokenFileText({Stored("00000001", "one", "t1"), Stored("00000002", "two", "t2")}));
    change(json);
    const auto tokens = ParseTokenFile(json.dump());
    return tokens ? "" : tokens.error().message;
  };
  using Json = nlohmann::ordered_json;
  const struct {
    std::function<void(Json&)> change;
    const char* says;
  } cases[] = {
      {[](Json& json) { json["version"] = 2; }, "version: "},
      {[](Json& json) { json.erase("version"); }, "version: "},
      {[](Json& json) { json["tokens"] = Json::object(); }, "tokens: "},
      {[](Json& json) { json["tokens"][1] = 5; }, "tokens[1]: "},
      {[](Json& json) { json["tokens"][1]["id"] = "xyz"; }, "tokens[1].id: "},
      {[](Json& json) { json["tokens"][1]["id"] = "00000001"; }, "tokens[1].id: '00000001' is there twice"},
      {[](Json& json) { json["tokens"][1]["name"] = "one"; }, "tokens[1].name: 'one' is there twice"},
      {[](Json& json) { json["tokens"][1]["name"] = "a b"; }, "tokens[1].name: "},
      {[](Json& json) { json["tokens"][1]["name"] = ""; }, "tokens[1].name: "},
      {[](Json& json) { json["tokens"][1]["role"] = "root"; }, "tokens[1].role: "},
      {[](Json& json) { json["tokens"][1].erase("role"); }, "tokens[1].role: "},
      {[](Json& json) { json["tokens"][1]["created"] = "today"; }, "tokens[1].created: "},
      {[](Json& json) { json["tokens"][1]["expires"] = 90; }, "tokens[1].expires: "},
      {[](Json& json) { json["tokens"][1]["sha256"] = "00"; }, "tokens[1].sha256: "},
      {[](Json& json) { json["tokens"] = Json(std::vector<int>(1001)); }, "tokens: are more than 1000"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(changed(c.change).find(c.says), 0U) << c.says << ": " << changed(c.change);
  EXPECT_EQ(changed([](Json& json) { json["tokens"][0].erase("expires"); }), "");
  for (const char* text : {"", "{", "[]", "null"}) EXPECT_FALSE(ParseTokenFile(text)) << text;
}

class TokenEditorTest : public ::testing::Test {
 protected:
  Status Add(const std::string& name) {
    return EditTokens(path_, MissingFile::kIsMade, [&](StoredTokens& tokens) -> Status {
      tokens.push_back(Stored(fmt::format("{:08x}", tokens.size()), name, name));
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
