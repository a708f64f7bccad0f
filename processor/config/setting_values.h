#pragma once

#include <map>
#include <string>

#include "processor/config/config_file.h"
#include "processor/config/settings.h"
#include "schema/error.h"

namespace keymeter::processor {

using Environment = std::map<std::string, std::string>;

/// What this process was started with.
[[nodiscard]] Environment ProcessEnvironment();

/// What each setting of one command is, and where that came from: flags win over the environment, which
/// wins over the configuration file, which wins over the defaults.
///
/// Threads: one.
class SettingValues {
 public:
  enum class Origin : std::uint8_t { kDefault, kFile, kEnvironment, kFlag };

  /// Everything in its order. Errors name flag, variable or file and key.
  static Result<SettingValues> Collect(Command command, const SettingTexts& flags,
                                       const Environment& environment);

  /// Sets `options` by every value. The first one that does not fit is the error, with its origin in
  /// front.
  [[nodiscard]] Status Apply(Options& options) const;

  /// One line a setting: `flush_interval = 500ms   # file /etc/keymeter.json`; passwords as ***.
  [[nodiscard]] std::string Print() const;

  [[nodiscard]] const std::string& Text(std::string_view name) const;  ///< of a setting of this command
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
