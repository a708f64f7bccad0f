#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "processor/config/api_settings.h"
#include "processor/config/command.h"
#include "processor/pipeline/processor_options.h"
#include "schema/log.h"

namespace keymeter::processor {

/// How much is logged, and in which form.
struct LogOptions {
  log::Severity level = log::Severity::kInfo;
  log::Format format = log::Format::kLogfmt;
};

/// Of `token create` and `token revoke`.
struct TokenOptions {
  std::string name;
  bool is_admin = false;                   ///< else a viewer
  std::optional<std::int64_t> lifetime_s;  ///< nothing: until it is revoked
  std::string revoked;                     ///< the ID or name of the token to revoke
};

/// Flags that belong to single commands and are no settings: see command_line.h.
struct CommandOptions {
  std::string health_path = "/healthz";  ///< healthcheck: what is asked for
  bool json = false;                     ///< status, check, token list: print JSON
  std::optional<std::int64_t> watch_ms;  ///< status: repeat at this interval; nothing: once
  std::string backup_path;               ///< backup: where the copy goes
  bool force = false;                    ///< backup, rebuild
  bool dry_run = false;                  ///< rebuild: change nothing
  TokenOptions token;
};

/// A setting that works, but should not stay as it is.
struct SettingWarning {
  std::string message;
  std::string remedy;

  [[nodiscard]] std::string Text() const { return message + "; " + remedy; }
};

/// What one invocation of the program is to do: the option structs of the rooms in one tree.
///
/// Each default stands in the option struct of the room that uses it (those of the query API in ApiSettings);
/// the table in settings.cc shows its text, and a test compares them. Values only: ApplySettings fills the
/// tree, and nobody changes it afterwards.
struct Options {
  Command command = Command::kRun;

  ProcessorOptions processor;
  std::string profile = "auto";  ///< as it was asked for; processor.profiles has what that means
  std::string prices_origin;     ///< where prices_path was set ("--prices", "KEYMETER_PRICES"), for errors
  ApiSettings api;
  LogOptions log;
  CommandOptions of_command;

  std::vector<SettingWarning> warnings;

  [[nodiscard]] bool Processes() const { return command == Command::kRun || command == Command::kProcess; }
  [[nodiscard]] bool Serves() const { return command == Command::kRun || command == Command::kServe; }
  [[nodiscard]] bool AsksRedis() const {
    return Processes() || command == Command::kCheck || command == Command::kRebuild;
  }
};

}  // namespace keymeter::processor
