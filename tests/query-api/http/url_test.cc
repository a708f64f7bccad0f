#include "query-api/http/url.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

TEST(DecodeUrlText, GivesTheTextBack) {
  const std::string text = "名前 & 'x'=\"%/?#€";
  EXPECT_EQ(DecodeUrlText(PercentEncode(text), PlusSign::kBlank), text);
  EXPECT_EQ(DecodeUrlText("a%20b+c", PlusSign::kPlus), "a b+c");
  EXPECT_EQ(DecodeUrlText("a%20b+c", PlusSign::kBlank), "a b c");
}

TEST(DecodeUrlText, RefusesWhatIsCutShortOrNoHex) {
  for (const char* text : {"%", "%4", "a%4", "%zz", "%4g", "%%20"})
    EXPECT_FALSE(DecodeUrlText(text, PlusSign::kPlus)) << text;
}

TEST(DecodeUrlText, TakesControlCharactersAsTheyAre) {
  using namespace std::string_literals;
  EXPECT_EQ(DecodeUrlText("%00", PlusSign::kPlus), "\0"s);
  EXPECT_EQ(DecodeUrlText("a%0d%0ab%09%7f", PlusSign::kPlus), "a\r\nb\t\x7f");
}

TEST(DecodeUrlText, RefusesWhatIsNoUtf8) {
  for (const char* text : {"%ff", "%c0%af", "%ed%a0%80", "%f4%90%80%80", "%e2%82"})
    EXPECT_FALSE(DecodeUrlText(text, PlusSign::kPlus)) << text;
}

TEST(ParseQuery, KeepsTheOrderAndTakesEmptyValues) {
  const auto pairs = ParseQuery("b=2&&a=&c");
  ASSERT_TRUE(pairs);
  EXPECT_EQ(*pairs, (QueryPairs{{"b", "2"}, {"a", ""}, {"c", ""}}));
}

TEST(ParseQuery, NamesTheParameterThatIsWrong) {
  EXPECT_FALSE(ParseQuery("na%00me=1"));
  EXPECT_FALSE(ParseQuery("na%0ame=1"));
  EXPECT_NE(ParseQuery("ok=1&name=%ff").error().message.find("name"), std::string::npos);
  EXPECT_NE(ParseQuery("big=" + std::string(kMaxValueBytes + 1, 'x')).error().message.find("big"),
            std::string::npos);
}

TEST(ParseQuery, BoundsTheNumberOfParameters) {
  std::string query;
  for (std::size_t i = 0; i <= kMaxQueryParameters; ++i) query += "a=1&";
  EXPECT_FALSE(ParseQuery(query));
}

}  // namespace
}  // namespace keymeter::query_api
