#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "processor/config/config_file.h"
#include "processor/config/settings.h"
#include "schema/error.h"

namespace keymeter::processor {

using Environment = std::map<std::string, std::string>;

/// What this process was started with.
[[nodiscard]] Environment ProcessEnvironment();

/// The text of each setting of one command, and where it came from: flags win over the environment, which
/// wins over the configuration file, which wins over the defaults.
///
/// Not for what the texts mean: see ApplySettings. Threads: const, any. Lifetime: borrows the table of
/// settings. Bounds: one text a setting. Tested by tests/processor/config/options_test.cc.
class SettingValues {
 public:
  enum class Origin : std::uint8_t { kDefault, kFile, kEnvironment, kFlag };

  /// Reads the configuration file, where one is named. Errors name flag, variable or file and key.
  static Result<SettingValues> Collect(Command command, const SettingTexts& flags,
                                       const Environment& environment);

  /// One line a setting: `flush_interval = 500ms   # file /etc/keymeter.json`; passwords as ***.
  [[nodiscard]] std::string Print() const;

  [[nodiscard]] bool Has(std::string_view name) const;  ///< the command takes this setting
  // Only for settings that the command takes:
  [[nodiscard]] const std::string& Text(std::string_view name) const;
  [[nodiscard]] Origin OriginOf(std::string_view name) const;
  /// Where it came from, as its user wrote it: "--db", "KEYMETER_DB", "/etc/keymeter.json: db".
  [[nodiscard]] std::string Named(std::string_view name) const;

 private:
  struct Value {
    std::string text;
    Origin origin = Origin::kDefault;
  };

  explicit SettingValues(Command command);
  void Overlay(const SettingTexts& texts, Origin origin);

  std::map<const Setting*, Value> values_;
  std::string file_;
};

}  // namespace keymeter::processor
