#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "schema/error.h"

namespace keymeter::processor {

struct Options;

enum class Command : std::uint8_t {
  kRun,
  kProcess,
  kServe,
  kHealthcheck,
  kStatus,
  kCheck,
  kRebuild,
  kBackup,
  kTokenCreate,
  kTokenList,
  kTokenRevoke
};

[[nodiscard]] std::string_view CommandName(Command command);  ///< "run", "token create", …

/// One setting: everything that there is to know about it. Its flag, its environment variable, its key in
/// the configuration file, its help and its line of --print-config come from here, so a new one is a new
/// row.
///
/// Not for what makes one command do something else (`status --json`): see command_line.h.
/// Threads: any; the table is constant.
struct Setting {
  enum class Group : std::uint8_t { kRedis, kFile, kMetering, kHttp, kLog, kConfiguration };
  enum class Kind : std::uint8_t {
    kText,
    kSwitch,
    kDuration,
    kCount,
    kList
  };  ///< kList: separated by commas
  enum class Secret : std::uint8_t { kNo, kInUrl, kYes };
  enum Place : unsigned { kFlag = 1, kEnvironment = 2, kFile = 4, kEverywhere = 7 };

  std::string_view name;  ///< redis_ca: --redis-ca, KEYMETER_REDIS_CA and the key redis_ca
  Group group;
  Kind kind;
  std::string_view value_name;  ///< in the help: FILE
  std::string_view default_text;
  std::string_view help;
  unsigned commands;                                        ///< bits: 1 << Command
  Status (*apply)(const std::string& text, Options& into);  ///< an error says what it takes
  unsigned places = kEverywhere;
  Secret secret = Secret::kNo;

  [[nodiscard]] std::string Flag() const;
  [[nodiscard]] std::string Variable() const;
  [[nodiscard]] bool IsOf(Command command) const {
    return (commands & (1U << static_cast<unsigned>(command))) != 0;
  }
};

/// The table, by groups.
[[nodiscard]] std::span<const Setting> AllSettings();
[[nodiscard]] std::string_view GroupName(Setting::Group group);  ///< a title of the help: "Redis", …
[[nodiscard]] const Setting* FindSetting(std::string_view name);
/// A switch's text: true false, yes no, on off, 1 0.
[[nodiscard]] Result<bool> ParseSwitch(std::string_view text);

}  // namespace keymeter::processor
