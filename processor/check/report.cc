#include "processor/check/report.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "processor/check/wording.h"
#include "schema/utf8.h"

namespace keymeter::check {

namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kSeverityWidth = 5;
constexpr std::size_t kCheckWidth = 13;
constexpr std::size_t kTextColumn = 2 + kSeverityWidth + 2 + kCheckWidth + 2;

struct Style {
  std::string_view label;
  std::string_view colour;  ///< ANSI escape sequence
};

Style StyleOf(Severity severity) {
  switch (severity) {
    case Severity::kOk:
      return {"ok", "\x1b[32m"};
    case Severity::kSkipped:
      return {"skip", "\x1b[2m"};
    case Severity::kNote:
      return {"note", "\x1b[36m"};
    case Severity::kWarning:
      return {"warn", "\x1b[1;33m"};
    case Severity::kFault:
      return {"FAULT", "\x1b[1;31m"};
  }
  return {};
}

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kPlain = "\x1b[0m";

/// Breaks the text into lines of at most kWidth columns; further lines begin at `indent`.
std::string Wrapped(std::string_view text, std::size_t column, std::size_t indent) {
  std::string wrapped;
  bool is_first = true;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    begin = end + 1;
    if (!is_first && column + 1 + utf8::WidthOf(word) > kWidth) {
      wrapped += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (!is_first) {
      wrapped += ' ';
      ++column;
    }
    wrapped += word;
    column += utf8::WidthOf(word);
    is_first = false;
  }
  return wrapped;
}

std::string Painted(std::string_view colour, std::string_view text, bool has_colour) {
  return has_colour ? fmt::format("{}{}{}", colour, text, kPlain) : std::string(text);
}

/// The remedy behind an arrow. A command, which stands on a line of its own, is not wrapped.
std::string RemedyLines(const std::string& remedy, bool has_colour) {
  if (remedy.empty()) return "";
  constexpr std::size_t kColumn = kTextColumn + 2;
  const std::size_t end = std::min(remedy.find('\n'), remedy.size());
  std::string lines = fmt::format("{:{}}{} {}\n", "", kTextColumn, Painted(kBold, "→", has_colour),
                                  Wrapped(remedy.substr(0, end), kColumn, kColumn));
  if (end < remedy.size()) lines += fmt::format("{:{}}{}\n", "", kColumn, remedy.substr(end + 1));
  return lines;
}

/// Programs get each text as one line.
std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

/// Names of keys and replies come from others: replaces what a terminal would obey.
std::string Printable(std::string text) {
  constexpr unsigned char kDelete = 0x7f;
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) == kDelete) c = '?';
  return text;
}

std::string Line(const Finding& finding, bool is_repeated, bool has_colour) {
  const Style style = StyleOf(finding.observation.severity);
  const std::string label = fmt::format("{:<{}}", style.label, kSeverityWidth);
  std::string line = fmt::format("  {}  {:<{}}  {}\n", Painted(style.colour, label, has_colour),
                                 is_repeated ? "" : finding.check, kCheckWidth,
                                 Wrapped(Printable(finding.observation.seen), kTextColumn, kTextColumn));
  return line + RemedyLines(finding.observation.remedy, has_colour);
}

std::string Summary(const std::vector<Finding>& findings, bool has_colour) {
  const auto count = [&](Severity severity) {
    return static_cast<std::int64_t>(CountOf(severity, findings));
  };
  const std::int64_t faults = count(Severity::kFault);
  const std::int64_t warnings = count(Severity::kWarning);
  if (faults + warnings == 0)
    return Painted(StyleOf(Severity::kOk).colour, "All is well: keymeter can work.", has_colour);
  std::string counts = faults > 0 ? Count(faults, "fault") : "";
  if (warnings > 0) counts += (faults > 0 ? ", " : "") + Count(warnings, "warning");
  const Severity worst = faults > 0 ? Severity::kFault : Severity::kWarning;
  return Painted(StyleOf(worst).colour,
                 counts + (faults > 0 ? ": keymeter cannot work yet." : ": keymeter works, with limits."),
                 has_colour);
}

}  // namespace

std::string TextReport(const std::vector<Finding>& findings, bool has_colour) {
  std::string text;
  std::optional<Group> group;
  std::string check;
  for (const Finding& finding : findings) {
    if (group != finding.group) {
      text += fmt::format("{}{}\n", text.empty() ? "" : "\n",
                          Painted(kBold, GroupName(finding.group), has_colour));
      check.clear();
    }
    text += Line(finding, finding.check == check, has_colour);
    group = finding.group;
    check = finding.check;
  }
  return text + '\n' + Summary(findings, has_colour) + '\n';
}

std::string JsonReport(const std::vector<Finding>& findings) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Finding& finding : findings)
    list.push_back({{"group", GroupName(finding.group)},
                    {"check", finding.check},
                    {"severity", SeverityName(finding.observation.severity)},
                    {"seen", finding.observation.seen},
                    {"remedy", OneLine(finding.observation.remedy)}});
  const int exit_code = ExitCode(findings);
  const nlohmann::ordered_json report{{"ok", exit_code == 0}, {"exit", exit_code}, {"findings", list}};
  return report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace keymeter::check
