#include "tests/documents/documents.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>
#include <glob.h>

#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {

namespace {

namespace fs = std::filesystem;

constexpr std::array kUserDocuments = {"README.md",           "deploy/README.md",
                                       "processor/README.md", "query-api/README.md",
                                       "schema/README.md",    "schema/profiles/README.md"};

/// Builds, what npm installed, and hidden directories but that of the continuous integration.
bool IsOurs(const fs::path& directory) {
  const std::string name = directory.filename().string();
  return name != "build" && name != "node_modules" && (!name.starts_with('.') || name == ".ci");
}

std::vector<std::string> FindFiles() {
  std::vector<std::string> files;
  const fs::path root = KEYMETER_SOURCE_DIR;
  for (fs::recursive_directory_iterator at(root), end; at != end; ++at) {
    if (at->is_directory() && !IsOurs(at->path())) at.disable_recursion_pending();
    if (at->is_regular_file()) files.push_back(fs::relative(at->path(), root).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

const std::vector<std::string>& SourceFiles() {
  static const std::vector<std::string> files = FindFiles();
  return files;
}

const std::vector<std::string>& Documents() {
  static const std::vector<std::string> documents = [] {
    std::vector<std::string> found;
    const auto is_document = [](const std::string& file) { return file.ends_with(".md"); };
    std::copy_if(SourceFiles().begin(), SourceFiles().end(), std::back_inserter(found), is_document);
    return found;
  }();
  return documents;
}

std::span<const char* const> UserDocuments() {
  return kUserDocuments;
}

std::vector<Block> AllBlocks() {
  std::vector<Block> blocks;
  for (const std::string& document : Documents()) {
    std::vector<Block> found = BlocksOf(document, SourceFile(document));
    std::move(found.begin(), found.end(), std::back_inserter(blocks));
  }
  return blocks;
}

std::vector<Block> BlocksIn(const std::string& language) {
  std::vector<Block> blocks = AllBlocks();
  std::erase_if(blocks, [&language](const Block& block) { return block.language != language; });
  return blocks;
}

std::vector<ShownCommand> ShownCommands() {
  std::vector<ShownCommand> shown;
  for (const Block& block : AllBlocks()) {
    if (!block.language.empty() && block.language != "sh") continue;
    for (std::string& command : block.language.empty() ? TypedCommandsOf(block) : CommandsOf(block))
      shown.push_back({block.where, std::move(command)});
  }
  for (const char* document : UserDocuments())
    for (std::string& code : InlineCodeOf(SourceFile(document)))
      if (code.starts_with("sqlite3 ") || code.starts_with("curl "))
        shown.push_back({document, std::move(code)});
  return shown;
}

std::vector<Block> InlineSql() {
  std::vector<Block> found;
  for (const char* document : UserDocuments())
    for (const std::string& code : InlineCodeOf(SourceFile(document)))
      if (code.starts_with("SELECT ")) found.push_back({document, "sql", code});
  return found;
}

std::string SourceFile(const std::string& path) {
  std::string text = ReadFile(fmt::format("{}/{}", KEYMETER_SOURCE_DIR, path));
  if (text.empty()) throw std::runtime_error("there is no " + path);
  return text;
}

bool ExistsInSource(const std::string& pattern) {
  glob_t found{};
  const std::string path = fmt::format("{}/{}", KEYMETER_SOURCE_DIR, pattern);
  const bool exists = ::glob(path.c_str(), GLOB_BRACE, nullptr, &found) == 0 && fs::exists(found.gl_pathv[0]);
  ::globfree(&found);
  return exists;
}

ShellResult RunShell(const std::string& command, const std::string& directory) {
  WriteFile(directory + "/.curlrc", "fail\n");
  ChildProcess shell({"bash", "-o", "pipefail", "-c", fmt::format("cd '{}' && {}", directory, command)},
                     {{"CURL_HOME", directory}});
  const int exit_code = shell.Wait().value_or(-1);
  return {exit_code, shell.StandardOutput(), shell.StandardError()};
}

ShellResult RunSql(const std::string& sql, const std::string& directory) {
  WriteFile(directory + "/statement.sql", sql);
  return RunShell("sqlite3 -readonly -bail keymeter.db <statement.sql", directory);
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace keymeter::testing
