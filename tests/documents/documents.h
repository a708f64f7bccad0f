#pragma once

#include <span>
#include <string>
#include <vector>

#include "tests/documents/markdown.h"

/// What our documents tell people, and what it takes to try it.
namespace keymeter::testing {

/// All documents of the source tree ("README.md", "schema/README.md", …), in order. They are found, not
/// listed: no document can be forgotten.
[[nodiscard]] const std::vector<std::string>& Documents();

/// Those of them for users: what they name as a setting of keymeter must be one.
[[nodiscard]] std::span<const char* const> UserDocuments();

/// All blocks of all documents; or those of one language.
[[nodiscard]] std::vector<Block> AllBlocks();
[[nodiscard]] std::vector<Block> BlocksIn(const std::string& language);

/// A command that a document shows.
struct ShownCommand {
  std::string where;
  std::string text;
};
/// All commands of all documents: of the blocks of shell, of the pictures of a terminal, and of the text
/// where it says `sqlite3 …` or `curl …`.
[[nodiscard]] std::vector<ShownCommand> ShownCommands();

/// All that stands as `SELECT …` in the text of a document for users; language is "sql".
[[nodiscard]] std::vector<Block> InlineSql();

/// A file of the source tree; throws when there is none.
[[nodiscard]] std::string SourceFile(const std::string& path);
/// Whether a path, which may hold `*` and `{a,b}`, names something in the source tree.
[[nodiscard]] bool ExistsInSource(const std::string& pattern);
/// The paths of all files of the source tree that are ours.
[[nodiscard]] const std::vector<std::string>& SourceFiles();

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
