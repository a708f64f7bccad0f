#include "tests/documents/documents.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {

namespace {

constexpr const char* kDocuments[] = {"README.md", "deploy/README.md", "query-api/README.md"};

/// A quote of either kind is still open, or the line goes on.
bool IsOpen(const std::string& command) {
  char quote = 0;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (quote == 0 && c == '\\') {
      if (i + 1 >= command.size() || command[i + 1] == '\n') return i + 2 >= command.size();
      ++i;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
  }
  return quote != 0;
}

void AddBlocks(const std::string& file, const std::string& language, std::vector<Block>& blocks) {
  std::istringstream lines(SourceFile(file));
  bool is_inside = false;
  Block block;
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const std::string text = line.substr(indent);
    if (text.starts_with("```")) {
      if (is_inside && block.language == language) blocks.push_back(block);
      is_inside = !is_inside;
      block = {fmt::format("{}:{}", file, number), text.substr(3), ""};
    } else if (is_inside) {
      block.text += line + "\n";
    }
  }
}

}  // namespace

std::vector<Block> BlocksIn(const std::string& language) {
  std::vector<Block> blocks;
  for (const char* file : kDocuments) AddBlocks(file, language, blocks);
  return blocks;
}

std::vector<Block> InlineSql() {
  std::vector<Block> found;
  for (const char* file : kDocuments) {
    const std::string text = SourceFile(file);
    for (std::size_t begin = 0; (begin = text.find("`SELECT ", begin)) != std::string::npos;) {
      const std::size_t end = text.find('`', begin + 1);
      found.push_back({file, "sql", text.substr(begin + 1, end - begin - 1)});
      begin = end + 1;
    }
  }
  return found;
}

std::vector<std::string> CommandsOf(const Block& block) {
  std::vector<std::string> commands;
  std::istringstream lines(block.text);
  std::string command;
  std::string line;
  while (std::getline(lines, line)) {
    if (command.empty() && (line.empty() || line.find_first_not_of(' ') == line.find('#'))) continue;
    command += line;
    if (IsOpen(command)) {
      command += '\n';
    } else {
      commands.push_back(std::move(command));
      command.clear();
    }
  }
  return commands;
}

std::vector<std::string> StatementsOf(const Block& block) {
  std::vector<std::string> statements;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = block.text.find(";\n", begin)) != std::string::npos; begin = end + 2)
    statements.push_back(block.text.substr(begin, end + 1 - begin));
  if (begin < block.text.size()) statements.push_back(block.text.substr(begin));
  return statements;
}

std::string SourceFile(const std::string& path) {
  std::string text = ReadFile(fmt::format("{}/{}", KEYMETER_SOURCE_DIR, path));
  if (text.empty()) throw std::runtime_error("there is no " + path);
  return text;
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
