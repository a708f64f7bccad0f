#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "processor/config/command.h"

namespace keymeter::processor {

/// One setting as its user sees it. Its flag, its environment variable, its key in the configuration file,
/// its help and its line of --print-config come from here, so a new setting is a new row of the table, and a
/// row in setting_bindings.cc that says where its value goes.
///
/// Not for what makes one command do something else (`status --json`): see command_line.h.
/// Threads: any; the table is constant.
struct Setting {
  enum class Group : std::uint8_t { kRedis, kFile, kMetering, kHttp, kLog, kConfiguration };
  enum class Kind : std::uint8_t { kText, kSwitch, kDuration, kCount, kList };  ///< kList: comma-separated
  enum class Secret : std::uint8_t { kNo, kInUrl, kYes };
  enum Place : unsigned { kFlag = 1, kEnvironment = 2, kFile = 4, kEverywhere = 7 };

  std::string_view name;  ///< redis_ca: --redis-ca, KEYMETER_REDIS_CA and the key redis_ca
  Group group;
  Kind kind;
  std::string_view value_name;    ///< in the help: FILE
  std::string_view default_text;  ///< as a user would write it; the value stands in the option struct
  unsigned commands;              ///< bits: 1 << Command
  std::string_view help;
  unsigned places = kEverywhere;
  Secret secret = Secret::kNo;

  [[nodiscard]] std::string Flag() const;
  [[nodiscard]] std::string Variable() const;
  [[nodiscard]] bool IsOf(Command command) const {
    return (commands & (1U << static_cast<unsigned>(command))) != 0;
  }
  [[nodiscard]] bool MayStandIn(Place place) const { return (places & place) != 0; }
};

/// The table, by groups.
[[nodiscard]] std::span<const Setting> AllSettings();
[[nodiscard]] std::string_view GroupName(Setting::Group group);  ///< a title of the help: "Redis", …
[[nodiscard]] const Setting* FindSetting(std::string_view name);

}  // namespace keymeter::processor
