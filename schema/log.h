#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "schema/error.h"

/// The log: one line to stderr for each change of state, as logfmt (`ts=… level=info msg=… key=value`) or
/// JSON.
///
/// Not for events: what happens per event is a metric (only the access log of the query API has a line for
/// each request). Never holds secrets. Threads: any; each line is written whole.
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

/// A log line without its newline.
[[nodiscard]] std::string FormatLine(Format format, std::int64_t wall_ms, Severity severity,
                                     std::string_view message, std::initializer_list<Field> fields);

void Write(Severity severity, std::string_view message, std::initializer_list<Field> fields);
/// Shows one line below the log, on a terminal only, and draws it again after each log line. Empty removes
/// it.
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
