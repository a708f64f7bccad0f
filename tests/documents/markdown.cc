#include "tests/documents/markdown.h"

#include <algorithm>
#include <cctype>
#include <regex>
#include <sstream>

#include <fmt/format.h>

namespace keymeter::testing {

namespace {

std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  return text.substr(begin);
}

/// A quote of either kind is still open, or a backslash ends the line: the command goes on.
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

bool IsContinuationByte(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

std::vector<MarkdownLine> LinesOf(const std::string& markdown) {
  std::vector<MarkdownLine> lines;
  std::istringstream in(markdown);
  bool is_inside = false;
  MarkdownLine line;
  for (line.number = 1; std::getline(in, line.text); ++line.number) {
    const bool is_fence = Trimmed(line.text).starts_with("```");
    line.is_code = is_inside || is_fence;
    line.is_table = !line.is_code && Trimmed(line.text).starts_with("|");
    if (is_fence) is_inside = !is_inside;
    lines.push_back(line);
  }
  return lines;
}

std::vector<Block> BlocksOf(const std::string& name, const std::string& markdown) {
  std::vector<Block> blocks;
  bool is_inside = false;
  for (const MarkdownLine& line : LinesOf(markdown)) {
    if (!line.is_code) continue;
    const std::string_view text = Trimmed(line.text);
    if (!text.starts_with("```")) {
      blocks.back().text += line.text + "\n";
    } else {
      if (!is_inside)
        blocks.push_back({fmt::format("{}:{}", name, line.number), std::string(text.substr(3)), ""});
      is_inside = !is_inside;
    }
  }
  return blocks;
}

std::vector<std::string> InlineCodeOf(const std::string& markdown) {
  std::vector<std::string> found;
  std::string paragraph;
  const auto look = [&found, &paragraph] {
    for (std::size_t begin = 0; (begin = paragraph.find('`', begin)) != std::string::npos;) {
      const std::size_t end = paragraph.find('`', begin + 1);
      if (end == std::string::npos) break;
      found.push_back(paragraph.substr(begin + 1, end - begin - 1));
      begin = end + 1;
    }
    paragraph.clear();
  };
  for (const MarkdownLine& line : LinesOf(markdown)) {
    const std::string_view text = Trimmed(line.text);
    if (line.is_code || line.is_table || text.empty()) look();
    if (line.is_code || text.empty()) continue;
    if (!paragraph.empty()) paragraph += ' ';
    paragraph += text;
  }
  look();
  return found;
}

std::vector<Link> LinksOf(const std::string& markdown) {
  static const std::regex link(R"(\]\(([^)\s]+)\))");
  std::vector<Link> links;
  for (const MarkdownLine& line : LinesOf(markdown)) {
    if (line.is_code) continue;
    for (std::sregex_iterator at(line.text.begin(), line.text.end(), link), end; at != end; ++at)
      links.push_back({line.number, (*at)[1]});
  }
  return links;
}

std::vector<std::string> AnchorsOf(const std::string& markdown) {
  std::vector<std::string> anchors;
  for (const MarkdownLine& line : LinesOf(markdown)) {
    if (line.is_code || !line.text.starts_with("#")) continue;
    std::string anchor;
    for (const char c : Trimmed(std::string_view(line.text).substr(line.text.find_first_not_of('#')))) {
      if (c == ' ') anchor += '-';
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalnum(byte) != 0 || c == '-' || c == '_' || byte >= 0x80U)
        anchor += static_cast<char>(std::tolower(byte));
    }
    anchors.push_back(anchor);
  }
  return anchors;
}

std::size_t Columns(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), IsContinuationByte));
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

std::vector<std::string> TypedCommandsOf(const Block& block) {
  std::vector<std::string> commands;
  std::istringstream lines(block.text);
  bool is_open = false;
  std::string line;
  while (std::getline(lines, line)) {
    if (is_open) {
      commands.back() += "\n" + line;
    } else if (line.starts_with("$ ")) {
      commands.push_back(line.substr(2));
    } else {
      continue;
    }
    is_open = IsOpen(commands.back());
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

}  // namespace keymeter::testing
