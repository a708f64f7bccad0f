#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "schema/error.h"

/// Log lines: one line to stderr for each change of state, logfmt (`ts=… level=info msg=… key=value`) or
/// JSON. Never secrets, never one line an event, but for the access log of the query API.
/// Threads: any; a line is written whole.
namespace keymeter::log {

enum class Severity : std::uint8_t { kDebug, kInfo, kWarn, kError };
enum class Format : std::uint8_t { kLogfmt, kJson };

[[nodiscard]] Result<Severity> ParseSeverity(std::string_view name);  ///< debug, info, warn, error
[[nodiscard]] Result<Format> ParseFormat(std::string_view name);      ///< logfmt, json

/// Set once at start, before other threads run.
void Configure(Severity lowest, Format format);

struct Field {
  template <typename T>
  Field(std::string_view field_name, const T& field_value)
      : name(field_name), value(fmt::format("{}", field_value)) {}
  std::string_view name;
  std::string value;
};

/// One line without its newline: what the functions below write.
[[nodiscard]] std::string FormatLine(Format format, std::int64_t wall_ms, Severity severity,
                                     std::string_view message, std::initializer_list<Field> fields);

void Write(Severity severity, std::string_view message, std::initializer_list<Field> fields);
/// One line below the log, on a terminal only; it is drawn anew below each line that comes. Empty: none.
void ShowStatus(std::string text);

inline void Debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  Write(Severity::kDebug, message, fields);
}
inline void Info(std::string_view message, std::initializer_list<Field> fields = {}) {
  Write(Severity::kInfo, message, fields);
}
inline void Warn(std::string_view message, std::initializer_list<Field> fields = {}) {
  Write(Severity::kWarn, message, fields);
}
inline void Fault(std::string_view message, std::initializer_list<Field> fields = {}) {
  Write(Severity::kError, message, fields);
}

}  // namespace keymeter::log
