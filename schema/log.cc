#include "schema/log.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <nlohmann/json.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include "schema/civil_time.h"
#include "schema/clock.h"
#include "schema/mutex.h"
#include "schema/utf8.h"

namespace keymeter::log {

namespace {

Severity lowest_severity = Severity::kInfo;
Format line_format = Format::kLogfmt;

constexpr std::string_view kClearLine = "\r\x1b[K";
Mutex status_mutex;
std::string status GUARDED_BY(status_mutex);  ///< the line below the log

bool IsOnTerminal() {
  static const bool is_terminal = [] {
    const char* const terminal = std::getenv("TERM");
    return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
  }();
  return is_terminal;
}

std::size_t Columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// In one write(2), so that lines of several threads do not mix. Errors are ignored: the program goes on with
/// a closed stderr.
void Put(std::string_view text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kDebug:
      return "debug";
    case Severity::kInfo:
      return "info";
    case Severity::kWarn:
      return "warn";
    case Severity::kError:
      return "error";
  }
  return "?";
}

/// JSON's escapes serve logfmt as well, and make control characters harmless on a terminal. JSON lets DEL and
/// U+0080…U+009F through; some terminals obey the latter.
std::string Quoted(std::string_view text) {
  const std::string json =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string quoted;
  quoted.reserve(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto byte = static_cast<unsigned char>(json[i]);
    const auto next = static_cast<unsigned char>(i + 1 < json.size() ? json[i + 1] : 0);
    if (byte == 0x7f) {
      quoted += "\\u007f";
    } else if (byte == 0xc2 && next <= 0x9f) {
      quoted += fmt::format("\\u{:04x}", next);
      ++i;
    } else {
      quoted += json[i];
    }
  }
  return quoted;
}

bool NeedsQuotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x7f || c == '"' || c == '=' || c == '\\') return true;
  }
  return false;
}

/// What others name may be as long as they like; a line of the log may not.
constexpr std::size_t kLongestValue = 2048;  ///< bytes

std::string Shortened(std::string_view value) {
  if (value.size() <= kLongestValue) return std::string(value);
  return fmt::format("{}... ({} bytes)", utf8::Truncated(value, kLongestValue), value.size());
}

}  // namespace

Result<Severity> ParseSeverity(std::string_view name) {
  for (Severity severity : {Severity::kDebug, Severity::kInfo, Severity::kWarn, Severity::kError})
    if (SeverityName(severity) == name) return severity;
  return Fail(ErrorCode::kInvalid, "log level '{}' is unknown; known are debug, info, warn, error", name);
}

Result<Format> ParseFormat(std::string_view name) {
  if (name == "logfmt") return Format::kLogfmt;
  if (name == "json") return Format::kJson;
  return Fail(ErrorCode::kInvalid, "log format '{}' is unknown; known are logfmt, json", name);
}

void Configure(Severity lowest, Format format) {
  lowest_severity = lowest;
  line_format = format;
}

std::string FormatLine(Format format, std::int64_t wall_ms, Severity severity, std::string_view message,
                       std::initializer_list<Field> fields) {
  const bool json = format == Format::kJson;
  const auto ts = FormatRfc3339(wall_ms);
  std::string line =
      json ? fmt::format(R"({{"ts":"{}","level":"{}","msg":{})", ts, SeverityName(severity), Quoted(message))
           : fmt::format("ts={} level={} msg={}", ts, SeverityName(severity), Quoted(message));
  for (const Field& field : fields) {
    const std::string value = Shortened(field.value);
    if (json) {
      line += fmt::format(R"(,"{}":{})", field.name, Quoted(value));
    } else {
      line += fmt::format(" {}={}", field.name, NeedsQuotes(value) ? Quoted(value) : value);
    }
  }
  if (json) line += '}';
  return line;
}

void Write(Severity severity, std::string_view message, std::initializer_list<Field> fields) {
  if (severity < lowest_severity) return;
  std::string line = FormatLine(line_format, SystemClock().WallMs(), severity, message, fields);
  line += '\n';
  if (!IsOnTerminal())
    return Put(line);  // there is no status line, and a slow reader holds up no other thread
  const MutexLock lock(status_mutex);
  Put(status.empty() ? line : fmt::format("{}{}{}", kClearLine, line, status));
}

void ShowStatus(std::string text) {
  if (!IsOnTerminal()) return;
  text.resize(std::min(text.size(), Columns() - 1));  // a line that wraps could not be cleared
  const MutexLock lock(status_mutex);
  if (text == status) return;
  status = std::move(text);
  Put(fmt::format("{}{}", kClearLine, status));
}

}  // namespace keymeter::log
