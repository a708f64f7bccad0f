#pragma once

#include <map>
#include <string>
#include <string_view>

#include "processor/config/settings.h"
#include "schema/error.h"

namespace keymeter::processor {

/// A configuration file's settings by name, as the texts that a flag would have.
using SettingTexts = std::map<const Setting*, std::string>;

/// JSON with // and /* */ comments: one object, whose keys are names of settings.
///
/// Unknown and repeated keys and values of a wrong type are refused; errors name place, key, value (but no
/// secret) and what the setting takes.
[[nodiscard]] Result<SettingTexts> ParseConfig(std::string_view json);

/// Reads a file of at most 1 MiB. One that holds a password and that everybody may read is refused.
[[nodiscard]] Result<SettingTexts> ReadConfigFile(const std::string& path);

/// Whether the setting's text holds a password: redis_password, or one inside the URL.
[[nodiscard]] bool HoldsPassword(const Setting& setting, const std::string& text);

[[nodiscard]] bool IsReadableByEverybody(const std::string& path);

}  // namespace keymeter::processor
