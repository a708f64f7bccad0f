#pragma once

#include <string>
#include <vector>

/// What our documents tell people to run.
namespace keymeter::testing {

/// A fenced block: ```sql … ```.
struct Block {
  std::string where;  ///< "README.md:120"
  std::string language;
  std::string text;
};

/// All blocks of one language in all documents for users.
[[nodiscard]] std::vector<Block> BlocksIn(const std::string& language);

/// All that stands in a line of text as `SELECT …`.
[[nodiscard]] std::vector<Block> InlineSql();

/// The commands of a shell block, without its comments: one may take several lines, by an open quote or a
/// backslash at the end.
[[nodiscard]] std::vector<std::string> CommandsOf(const Block& block);

/// The statements of an SQL block, with the comments before them: each ends with a semicolon at the end of a
/// line.
[[nodiscard]] std::vector<std::string> StatementsOf(const Block& block);

/// A file of the source tree; throws when there is none.
[[nodiscard]] std::string SourceFile(const std::string& path);

struct ShellResult {
  int exit_code;
  std::string out;
  std::string error;
};
/// Runs a command by bash in a directory, with `curl` failing where HTTP does.
[[nodiscard]] ShellResult RunShell(const std::string& command, const std::string& directory);

/// Runs SQL by the sqlite3 program, as a reader; rows are lines.
[[nodiscard]] ShellResult RunSql(const std::string& sql, const std::string& directory);

/// `text` with every `from` replaced.
[[nodiscard]] std::string Replaced(std::string text, const std::string& from, const std::string& to);

}  // namespace keymeter::testing
