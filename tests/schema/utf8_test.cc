#include "schema/utf8.h"

#include <string>

#include <gtest/gtest.h>

namespace keymeter::utf8 {
namespace {

constexpr std::string_view kInvalid[] = {
    "\xff",
    "\xe5\xae",          // cut off
    "\xc0\xaf",          // overlong
    "\xe0\x80\x80",      // overlong
    "\xed\xa0\x80",      // half of a surrogate pair
    "\xf4\x90\x80\x80",  // beyond U+10FFFF
    "\x80",              // continues nothing
};

TEST(Utf8, FindsTheFirstCodePoint) {
  const struct {
    std::string_view text;
    char32_t value;
    std::size_t bytes;
  } cases[] = {{"ab", U'a', 1}, {"éa", U'é', 2}, {"€", U'€', 3}, {"🔑x", U'🔑', 4}, {{"\0", 1}, 0, 1}};
  for (const auto& c : cases) {
    const auto first = First(c.text);
    ASSERT_TRUE(first) << c.text;
    EXPECT_EQ(first->value, c.value);
    EXPECT_EQ(first->bytes, c.bytes);
  }
  EXPECT_FALSE(First(""));
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndCutOffCharacters) {
  for (const std::string_view text : kInvalid) {
    EXPECT_FALSE(First(text)) << ::testing::PrintToString(text);
    EXPECT_FALSE(IsValid("a" + std::string(text))) << ::testing::PrintToString(text);
  }
  EXPECT_TRUE(IsValid(""));
  EXPECT_TRUE(IsValid("客户 é 🙂 \U0010FFFF"));
}

TEST(Utf8, TruncatesBetweenCharacters) {
  EXPECT_EQ(Truncated("abc", 3), "abc");
  EXPECT_EQ(Truncated("abc", 2), "ab");
  EXPECT_EQ(Truncated("aé", 2), "a");
  EXPECT_EQ(Truncated("aé", 3), "aé");
  EXPECT_EQ(Truncated("🔑", 3), "");
  EXPECT_EQ(Truncated("\xff\xff\xff", 2), "\xff\xff");
}

std::u32string FoldedText(std::u32string_view text) {
  std::u32string folded;
  for (const char32_t c : text) AppendFolded(c, folded);
  return folded;
}

TEST(Utf8, FoldsTheCaseOfEveryScript) {
  EXPECT_EQ(FoldedText(U"ZÉП键\0🔑"), U"zéп键\0🔑");
  EXPECT_EQ(FoldedText(U"ΠΕΛΆΤΗΣ"), FoldedText(U"πελάτης"));  // two small sigmas, one capital
  EXPECT_EQ(FoldedText(U"Straße"), FoldedText(U"STRASSE"));
  EXPECT_EQ(FoldedText(U"ẞ"), U"ss");
  EXPECT_EQ(FoldedText(U"\uFB01"), U"fi");          // a ligature
  EXPECT_EQ(FoldedText(U"\u212A"), U"k");           // the sign of Kelvin
  EXPECT_EQ(FoldedText(U"Ꭰ"), FoldedText(U"ꭰ"));  // Cherokee
  EXPECT_EQ(FoldedText(U"\U00010400"), U"\U00010428");
  EXPECT_NE(FoldedText(U"é"), FoldedText(U"e"));
}

TEST(Utf8, CountsColumnsOfATerminal) {
  EXPECT_EQ(ColumnsOf(U'a'), 1);
  EXPECT_EQ(ColumnsOf(U'π'), 1);
  EXPECT_EQ(ColumnsOf(U'客'), 2);
  EXPECT_EQ(ColumnsOf(U'🙂'), 2);
  EXPECT_EQ(ColumnsOf(U'\u0301'), 0);  // a combining accent
  EXPECT_EQ(ColumnsOf(U'\u093E'), 1);  // a vowel sign of Devanagari
}

TEST(Utf8, AddsUpTheColumnsOfAText) {
  EXPECT_EQ(WidthOf(""), 0U);
  EXPECT_EQ(WidthOf("客户 1"), 6U);
  EXPECT_EQ(WidthOf("e\u0301"), 1U);
  EXPECT_EQ(WidthOf("a\xff"), 2U);
  EXPECT_EQ(WidthOf("a\nb"), 2U);
}

TEST(Utf8, PrintsNoControlCharacters) {
  for (const char32_t c : {char32_t{0x1b}, char32_t{0x7f}, char32_t{0x9b}, U'\u2028', char32_t{0x10FFFF}})
    EXPECT_FALSE(ColumnsOf(c)) << static_cast<std::uint32_t>(c);
}

}  // namespace
}  // namespace keymeter::utf8
