#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "processor/config/options.h"
#include "schema/error.h"

/// What the settings of who gets in mean: rows of the table in settings.cc. Threads: pure functions.
namespace keymeter::processor {

/// "50/s" or "50/s:200" (at once); "off".
[[nodiscard]] Status TakeRateLimit(const std::string& text, Options& into);
[[nodiscard]] Status TakeAccessLog(const std::string& text, Options& into);  ///< on, errors, off
/// Lists, separated by commas. What networks and origins are is known to the query API, which checks them.
[[nodiscard]] Status TakeHosts(const std::string& text, Options& into);
[[nodiscard]] Status TakeTrustedProxies(const std::string& text, Options& into);
[[nodiscard]] Status TakeCorsOrigins(const std::string& text, Options& into);

/// "30m", "12h", "90d" → seconds, up to ten years.
[[nodiscard]] Result<std::int64_t> ParseLifetime(std::string_view text);

/// Who else may read the files of credentials: warnings for the log.
void WarnOfOpenCredentials(Options& options);

}  // namespace keymeter::processor
