#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What a Markdown text consists of, as far as our tests look at it. Pure: no file is read here.
namespace keymeter::testing {

struct MarkdownLine {
  int number = 0;  ///< from 1
  std::string text;
  bool is_code = false;   ///< inside a fenced block, its fences included
  bool is_table = false;  ///< a row of a table
};

/// A fenced block: ```sql … ```.
struct Block {
  std::string where;  ///< "README.md:120"
  std::string language;
  std::string text;
};

/// A link without its text: [text](target).
struct Link {
  int line = 0;
  std::string target;
};

[[nodiscard]] std::vector<MarkdownLine> LinesOf(const std::string& markdown);
/// The fenced blocks; `name` is the document's, for Block::where.
[[nodiscard]] std::vector<Block> BlocksOf(const std::string& name, const std::string& markdown);
/// The texts between backticks, outside fenced blocks. A text that is broken over two lines has one space
/// there.
[[nodiscard]] std::vector<std::string> InlineCodeOf(const std::string& markdown);
[[nodiscard]] std::vector<Link> LinksOf(const std::string& markdown);
/// What a link may name behind `#`: "## With SQL" → "with-sql".
[[nodiscard]] std::vector<std::string> AnchorsOf(const std::string& markdown);
/// Code points, which are columns in all that we write.
[[nodiscard]] std::size_t Columns(std::string_view text);

/// The commands of a shell block, without its comments: one may take several lines, by an open quote or a
/// backslash at the end.
[[nodiscard]] std::vector<std::string> CommandsOf(const Block& block);

/// The commands in a picture of a terminal: the lines behind "$ ", and those that go on with them.
[[nodiscard]] std::vector<std::string> TypedCommandsOf(const Block& block);

/// The statements of an SQL block, with the comments before them: each ends with a semicolon at the end of a
/// line.
[[nodiscard]] std::vector<std::string> StatementsOf(const Block& block);

}  // namespace keymeter::testing
