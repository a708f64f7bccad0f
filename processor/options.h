#pragma once

#include <cstdint>
#include <string>

#include "processor/processor.h"
#include "schema/error.h"
#include "schema/log.h"

namespace keymeter::processor {

/// What one invocation of the program is to do.
struct Options {
  enum class Command : std::uint8_t { kRun, kProcess, kServe };
  Command command = Command::kRun;

  RedisTarget redis;
  std::string db_path;
  Profile profile;
  std::optional<std::int64_t> utc_offset_s;  ///< nothing: auto
  std::int64_t flush_interval_ms = 1000;

  std::string listen;
  std::string probe_listen;
  bool no_auth = false;

  log::Severity log_level = log::Severity::kInfo;
  log::Format log_format = log::Format::kLogfmt;

  [[nodiscard]] bool Processes() const { return command != Command::kServe; }
  [[nodiscard]] bool Serves() const { return command != Command::kProcess; }
};

/// What the command line (and the environment) asks for: a run, or an exit with a text.
struct Invocation {
  int exit_code = 0;      ///< with `text`: 0 help or version, 2 a usage error
  std::string text;       ///< for the terminal; empty: go on with `options`
  bool is_error = false;  ///< the text belongs on stderr
  Options options;
};

/// Flags win over the environment (KEYMETER_REDIS, …), which wins over defaults.
[[nodiscard]] Invocation ParseCommandLine(int argc, const char* const* argv);

/// "1s", "500ms", "2" (seconds) → milliseconds, from 100 ms to one hour.
[[nodiscard]] Result<std::int64_t> ParseDurationMs(std::string_view text);

}  // namespace keymeter::processor
