#include "query-api/access/token_file.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "query-api/access/digest.h"
#include "schema/hex.h"

namespace keymeter::query_api {
namespace {

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

TEST(TokenFile, IsNotNestedDeeply) {
  const auto holding = [](std::size_t depth) {
    return R"({"version":1,"tokens":[],"x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(ParseTokenFile(holding(15)));
  for (const std::size_t depth : {16U, 100'000U}) EXPECT_FALSE(ParseTokenFile(holding(depth)));
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

}  // namespace
}  // namespace keymeter::query_api
