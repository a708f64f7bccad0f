#include "schema/tags.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "schema/sqlite.h"
#include "tests/support/temp_dir.h"

namespace keymeter {

namespace {

using Tags = std::vector<std::string>;

/// So many texts of so many bytes.
std::string Json(std::size_t count, std::size_t bytes) {
  std::string json = "[";
  for (std::size_t i = 0; i < count; ++i) json += (i > 0 ? ",\"" : "\"") + std::string(bytes, 't') + "\"";
  return json + "]";
}

std::string WhyRefused(const std::string& json) {
  const auto tags = ReadTags(json);
  return tags ? "" : tags.error().Text();
}

/// What SQL says of it.
std::int64_t HasTagInSql(Database& database, std::string_view json, std::string_view tag) {
  auto query = database.Prepare("SELECT has_tag(?1, ?2)");
  query->Bind(1, json).Bind(2, tag);
  EXPECT_TRUE(query->Step());
  return query->Int(0);
}

TEST(Tags, AreAnArrayOfTexts) {
  EXPECT_EQ(ReadTags(R"(["a", "b, \"c\"", "\u00e9", ""])").value(), (Tags{"a", "b, \"c\"", "é", ""}));
  EXPECT_EQ(ReadTags("[]").value(), Tags());
  EXPECT_EQ(ReadTags(" [ ] ").value(), Tags());
  EXPECT_EQ(ReadTags("").value(), Tags());
}

TEST(Tags, AreNothingElse) {
  for (const char* json : {"null", "7", "\"a\"", R"({"a":"b"})"})
    EXPECT_EQ(WhyRefused(json), "is no JSON array") << json;
  for (const char* json : {"[1]", R"(["a",null])", "[true]"})
    EXPECT_EQ(WhyRefused(json), "holds what is no text") << json;
  for (const char* json : {"not json", "[", "[\"a\"", "[\"a\",]", "[\"\xff\"]", "['a']"})
    EXPECT_NE(WhyRefused(json).find("is not JSON at line 1"), std::string::npos) << json;
}

TEST(Tags, AreBounded) {
  EXPECT_EQ(ReadTags(Json(kMaxTags, kMaxTagBytes)).value().size(), kMaxTags);
  EXPECT_EQ(WhyRefused(Json(kMaxTags + 1, 1)), "is a list of 65, more than 64");
  EXPECT_EQ(WhyRefused(Json(1, kMaxTagBytes + 1)), "holds a text of more than 256 bytes");
  const std::string blanks(kMaxTagsJsonBytes - 5, ' ');
  EXPECT_EQ(ReadTags("[\"a\"" + blanks + "]").value(), Tags{"a"});
  EXPECT_EQ(WhyRefused("[\"a\"" + blanks + " ]"), "is JSON of 33025 bytes, more than 33024");
}

TEST(Tags, AreKeptAsTheyAreOrTheirBeginning) {
  for (const ListForm form : {ListForm::kArray, ListForm::kArrayOrWord}) {
    EXPECT_EQ(KeepTexts(R"([ "a\u00e9" ])", form).json, R"([ "a\u00e9" ])");
    EXPECT_EQ(KeepTexts("", form).json, "[]");
    EXPECT_EQ(KeepTexts("", form).left_out, "");
    const KeptTexts most = KeepTexts(Json(kMaxTags, 2), form);
    EXPECT_EQ(most.json, Json(kMaxTags, 2));
    EXPECT_EQ(most.left_out, "");
    const KeptTexts long_list = KeepTexts(Json(kMaxTags + 1, 2), form);
    EXPECT_EQ(long_list.json, Json(kMaxTags, 2));
    EXPECT_EQ(long_list.left_out, "is a list of 65, more than 64 (1 left out)");
    const KeptTexts broken = KeepTexts(R"(["a",7])", form);
    EXPECT_EQ(broken.json, "[]");
    EXPECT_EQ(broken.left_out, "holds what is no text");
  }
}

TEST(Tags, AreKeptAlsoOfAListThatIsLongerThanAReaderTakes) {
  const KeptTexts kept = KeepTexts(Json(250, kMaxTagBytes), ListForm::kArrayOrWord);
  EXPECT_EQ(kept.json, Json(kMaxTags, kMaxTagBytes));
  EXPECT_EQ(kept.left_out, "is a list of 250, more than 64 (186 left out)");
  const std::string blanks(kMaxTagsJsonBytes, ' ');
  EXPECT_EQ(KeepTexts("[\"a\"," + blanks + "\"b\"]", ListForm::kArray).json, R"(["a","b"])");
  EXPECT_EQ(KeepTexts("[\"a\"," + blanks + "\"b\"]", ListForm::kArray).left_out, "");
  EXPECT_EQ(KeepTexts("[" + std::string(kMaxListBytes, ' ') + "]", ListForm::kArray).left_out,
            "is JSON of 65538 bytes, more than 65536");
}

/// Ten thousand bytes are sixty thousand of JSON.
TEST(Tags, AreKeptAsFarAsTheirEscapesLeaveRoom) {
  const nlohmann::json list(std::vector<std::string>(40, std::string(kMaxTagBytes, '\x01')));
  const KeptTexts kept = KeepTexts(list.dump(), ListForm::kArray);
  EXPECT_EQ(ReadTags(kept.json).value(), Tags(21, std::string(kMaxTagBytes, '\x01')));
  EXPECT_EQ(kept.left_out, "is JSON of 61561 bytes, more than 33024 (19 left out)");
}

TEST(Tags, ThatAreTooLongAreLeftOutAlone) {
  const std::string longest(kMaxTagBytes, 'l');
  const auto json = [](const Tags& tags) { return nlohmann::json(tags).dump(); };
  const KeptTexts kept = KeepTexts(json({"a", longest + "l", longest, "b"}), ListForm::kArrayOrWord);
  EXPECT_EQ(ReadTags(kept.json).value(), (Tags{"a", longest, "b"}));
  EXPECT_EQ(kept.left_out, "holds 1 of more than 256 bytes (1 left out)");
  Tags many(kMaxTags + 2, "m");
  many.front() = longest + "l";
  EXPECT_EQ(ReadTags(KeepTexts(json(many), ListForm::kArray).json).value(), Tags(kMaxTags, "m"));
  EXPECT_EQ(KeepTexts(json(many), ListForm::kArray).left_out,
            "is a list of 66, more than 64, holds 1 of more than 256 bytes (2 left out)");
}

TEST(Tags, OfOneWordAreAListOfOneWhereTheFormAllowsIt) {
  EXPECT_EQ(KeepTexts("all", ListForm::kArray).json, "[]");
  EXPECT_NE(KeepTexts("all", ListForm::kArray).left_out, "");
  for (const std::string word : {"all", "a\tb", "a\nb\x01", "é"}) {
    const KeptTexts kept = KeepTexts(word, ListForm::kArrayOrWord);
    EXPECT_EQ(ReadTags(kept.json).value(), Tags{word});
    EXPECT_EQ(kept.left_out, "");
  }
  const KeptTexts cut = KeepTexts(std::string(kMaxTagBytes + 1, 'w'), ListForm::kArrayOrWord);
  EXPECT_EQ(cut.json, Json(1, kMaxTagBytes).replace(2, kMaxTagBytes, std::string(kMaxTagBytes, 'w')));
  EXPECT_EQ(cut.left_out, "is a text of more than 256 bytes");
  for (const char* none : {R"(a"b)", R"({"a":1})", "\xff", "[1]"})
    EXPECT_EQ(KeepTexts(none, ListForm::kArrayOrWord).json, "[]") << none;
}

TEST(Tags, AreFlat) {
  for (const std::size_t depth : {std::size_t{2}, std::size_t{410}, std::size_t{16'000}}) {
    const std::string open(depth, '[');
    EXPECT_EQ(WhyRefused(open), "is nested deeper than 1");
    EXPECT_EQ(WhyRefused(open + std::string(depth, ']')), "is nested deeper than 1");
    EXPECT_EQ(KeepTexts(open + std::string(depth, ']'), ListForm::kArrayOrWord).json, "[]");
  }
  EXPECT_NE(WhyRefused(std::string(100'000, '[') + std::string(100'000, ']')), "");
}

TEST(Tags, AreFoundWhole) {
  keymeter::testing::TempDir directory;
  auto database = Database::Open(directory.File("a.db"), Database::Mode::kReadWrite);
  ASSERT_TRUE(database);
  const std::string deep = std::string(100'000, '[') + "\"a\"" + std::string(100'000, ']');
  for (const std::string& json :
       {std::string(R"(["ab","\u00e9"])"), deep, std::string(), std::string("[\"a")})
    for (const std::string tag : {"ab", "a", "é", "", "AB"}) {
      const bool expected = json.starts_with("[\"ab") && (tag == "ab" || tag == "é");
      EXPECT_EQ(HasTag(json, tag), expected) << tag;
      EXPECT_EQ(HasTagInSql(*database, json, tag), expected ? 1 : 0) << tag;
    }
  EXPECT_EQ(database->QueryInt("SELECT has_tag(NULL, 'a') + has_tag('[\"a\"]', NULL)").value(), 0);
}

}  // namespace

}  // namespace keymeter
