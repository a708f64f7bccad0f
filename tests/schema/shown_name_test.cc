#include "schema/shown_name.h"

#include <set>

#include <gtest/gtest.h>

#include "schema/utf8.h"

namespace keymeter {

namespace {

TEST(ShownName, OfAnOrdinaryNameIsTheName) {
  for (const char* name :
       {"gpt-5", "deepseek/deepseek-r1:free", "模型", "a b", "", "~", "x~0123456789abcdef012"})
    EXPECT_EQ(ShownName(name), name);
}

TEST(ShownName, OfAnEmptyNameIsNone) {
  EXPECT_EQ(ShownName(kEmptyName), "(none)");
}

TEST(ShownName, OfBytesThatCannotBeShownIsCleanAndHasAHash) {
  EXPECT_EQ(ShownName("a\tb\xff"),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD~3d18adab24d17567deb3");
  EXPECT_EQ(ShownName(std::string_view("a\0b", 3)).find('\0'), std::string::npos);
}

TEST(ShownName, IsNeverThatOfAnotherName) {
  const std::string long_name(5000, 'x');
  std::set<std::string> shown;
  const std::string names[] = {"a\xff",
                               "a\xfe",
                               "a\n",
                               "a\r",
                               std::string("a\0", 2),
                               "a\xEF\xBF\xBD",
                               long_name,
                               long_name + "y",
                               "(none)",
                               std::string(kEmptyName),
                               std::string(1024, 'x'),
                               std::string(1025, 'x'),
                               ShownName("a\xff"),
                               ShownName(ShownName("a\xff"))};
  for (const std::string& name : names) EXPECT_TRUE(shown.insert(ShownName(name)).second) << name;
}

TEST(ShownName, IsShortValidAndNothingOdd) {
  const std::string names[] = {std::string(1 << 20, 'x'),
                               std::string(1 << 20, '\xff'),
                               std::string(900, '\xff'),
                               std::string(300, '\n'),
                               "\x7f",
                               "\xC2\x85"};
  for (const std::string& name : names) {
    const std::string shown = ShownName(name);
    EXPECT_LE(shown.size(), kLongestShownName);
    EXPECT_TRUE(utf8::IsValid(shown));
    EXPECT_FALSE(IsShownAsItIs(shown)) << "so no other name is shown like it";
  }
}

TEST(ShownText, IsValidAndHoldsNoNul) {
  EXPECT_EQ(ShownText(std::string_view("a\0\xff\tb", 5)), "a\xEF\xBF\xBD\xEF\xBF\xBD\tb");
}

}  // namespace

}  // namespace keymeter
