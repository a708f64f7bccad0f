#include "processor/commands/terminal_text.h"

#include <gtest/gtest.h>

namespace keymeter::processor {
namespace {

TEST(Printable, LeavesNamesOfAnyScriptAlone) {
  for (const char* name : {"key-0", "客户 1", "πελάτης 2", "O'Brien \"prod\"", "🙂", ""})
    EXPECT_EQ(Printable(name), name);
}

TEST(Printable, LetsNothingThroughThatATerminalObeys) {
  const std::pair<std::string, std::string> cases[] = {
      {"\x1b[2Jgone", "\uFFFD[2Jgone"},
      {"a\nb\r\tc\x7f", "a\uFFFDb\uFFFD\uFFFDc\uFFFD"},
      {std::string("a\0b", 3), "a\uFFFDb"},
      {"\xc2\x9b"
       "31m",
       "\uFFFD31m"},                 // CSI as one C1 character
      {"\u202Eevil", "\uFFFDevil"},  // turns the direction
      {"\xff", "\uFFFD"},
      {"\xe5\xae", "\uFFFD\uFFFD"},                      // cut off
      {"\xc0\xaf", "\uFFFD\uFFFD"},                      // overlong
      {"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},            // half of a surrogate pair
      {"\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // beyond Unicode
  };
  for (const auto& [hostile, expected] : cases)
    EXPECT_EQ(Printable(hostile), expected) << ::testing::PrintToString(hostile);
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("key-0"), 5U);
  EXPECT_EQ(DisplayWidth("客户 1"), 6U);
  EXPECT_EQ(DisplayWidth("πελάτης"), 7U);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1U);  // a combining accent
  EXPECT_EQ(DisplayWidth("\x1b[31mred\x1b[0m"), 3U);
  EXPECT_EQ(DisplayWidth("\x1b[never ends"), DisplayWidth("[never ends"));
}

TEST(Clipped, EndsWithAnEllipsisInsideTheColumns) {
  EXPECT_EQ(Clipped("12345", 5), "12345");
  EXPECT_EQ(Clipped("123456", 5), "1234…");
  EXPECT_EQ(Clipped("客户客户", 6), "客户…");  // a letter of two columns does not fit into one
  EXPECT_EQ(Clipped("客户客户", 8), "客户客户");
  EXPECT_EQ(Clipped("ab", 1), "…");
  EXPECT_EQ(Clipped("ab", 0), "");
}

TEST(Clipped, ClosesTheColourThatItCutsIn) {
  EXPECT_EQ(Clipped("\x1b[31mabcdef\x1b[0m", 4), "\x1b[31mabc…\x1b[0m");
}

TEST(Padded, IsAsWideAsAsked) {
  EXPECT_EQ(Padded("客户", 6), "客户  ");
  EXPECT_EQ(Padded("abcdef", 4), "abc…");
  EXPECT_EQ(Padded("", 2), "  ");
}

}  // namespace
}  // namespace keymeter::processor
