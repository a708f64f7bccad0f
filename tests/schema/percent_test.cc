#include "schema/percent.h"

#include <gtest/gtest.h>

namespace keymeter {
namespace {

TEST(PercentDecode, GivesTheBytesBack) {
  EXPECT_EQ(PercentDecode("a%20b+c"), "a b+c");
  EXPECT_EQ(PercentDecode("a%20b+c%2B", PlusSign::kBlank), "a b c+");
  EXPECT_EQ(PercentDecode("%E2%82%ac"), "€");
  EXPECT_EQ(PercentDecode("%00%FF"), std::string("\0\xff", 2));
}

TEST(PercentDecode, RefusesWhatIsCutShortOrNoHex) {
  for (const char* text : {"%", "a%2", "%2G", "%G2", "%+1", "%-1", "100%"})
    EXPECT_FALSE(PercentDecode(text)) << text;
}

TEST(PercentEncode, KeepsUnreservedCharacters) {
  EXPECT_EQ(PercentEncode("a-b_c.d~e/ é"), "a-b_c.d~e%2F%20%C3%A9");
}

TEST(PercentEncode, KeepsWhatTheCallerSays) {
  EXPECT_EQ(PercentEncode("/tmp/a b", [](char c) { return c != ' '; }), "/tmp/a%20b");
}

TEST(PercentEncode, IsUndoneByDecode) {
  std::string text;
  for (int byte = 0; byte < 256; ++byte) text += static_cast<char>(byte);
  EXPECT_EQ(PercentDecode(PercentEncode(text)), text);
  EXPECT_EQ(PercentDecode(PercentEncode(text), PlusSign::kBlank), text);
}

}  // namespace
}  // namespace keymeter
