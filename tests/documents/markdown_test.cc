/// How the tests take a document apart.

#include "tests/documents/markdown.h"

#include <gtest/gtest.h>

namespace keymeter::testing {
namespace {

using Texts = std::vector<std::string>;

constexpr const char* kText =
    "# The file\n\nSee [views](README.md#views), `a` and `b\nc`.\n\n| `d` | e |\n\n```sh\necho `f`\n```\n";

TEST(Markdown, KnowsCodeAndTables) {
  const auto lines = LinesOf(kText);
  EXPECT_FALSE(lines[2].is_code || lines[2].is_table);
  EXPECT_TRUE(lines[5].is_table);
  EXPECT_TRUE(lines[7].is_code && lines[8].is_code && lines[9].is_code);
}

TEST(Markdown, FindsBlocksWithTheirPlace) {
  const auto blocks = BlocksOf("x.md", kText);
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(blocks[0].where + blocks[0].language + blocks[0].text, "x.md:8shecho `f`\n");
}

TEST(Markdown, FindsInlineCodeAlsoOverTwoLines) {
  EXPECT_EQ(InlineCodeOf(kText), (Texts{"a", "b c", "d"}));
}

TEST(Markdown, FindsLinksAndAnchors) {
  ASSERT_EQ(LinksOf(kText).size(), 1U);
  EXPECT_EQ(LinksOf(kText)[0].target, "README.md#views");
  EXPECT_EQ(AnchorsOf("## Point it at `your` Redis, now\n"), (Texts{"point-it-at-your-redis-now"}));
}

TEST(Markdown, CountsCodePoints) {
  EXPECT_EQ(Columns("πελάτης →"), 9U);
}

TEST(Markdown, JoinsACommandThatGoesOn) {
  EXPECT_EQ(CommandsOf({"", "sh", "# no\na \"b\n c\" # d\n\ne \\\n  f\n"}),
            (Texts{"a \"b\n c\" # d", "e \\\n  f"}));
  EXPECT_EQ(TypedCommandsOf({"", "", "$ a 'b\nc' d\nanswer\n$ e\n"}), (Texts{"a 'b\nc' d", "e"}));
}

}  // namespace
}  // namespace keymeter::testing
