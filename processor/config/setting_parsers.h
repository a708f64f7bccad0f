#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/config/api_settings.h"
#include "schema/error.h"

/// Texts of settings → values. An error says what the setting takes; the caller puts the setting's name in
/// front. Pure functions; they know no Options.
namespace keymeter::processor {

[[nodiscard]] Result<bool> ParseSwitch(std::string_view text);  ///< true false, yes no, on off, 1 0
[[nodiscard]] Result<int> ParseCount(std::string_view text, int least, int most);
[[nodiscard]] Result<double> ParseShare(std::string_view text);  ///< "10%" → 0.1, from 1% to 100%

/// "256MiB", "1GiB" → bytes, from 1 MiB to 1 TiB.
[[nodiscard]] Result<std::int64_t> ParseBytes(std::string_view text);

/// "1s", "500ms", "2" (seconds) → milliseconds, from 100 ms to one hour.
[[nodiscard]] Result<std::int64_t> ParseDurationMs(std::string_view text);

/// "30m", "12h", "90d" → seconds, up to ten years.
[[nodiscard]] Result<std::int64_t> ParseLifetime(std::string_view text);

// "off" is 0 for each of these.
[[nodiscard]] Result<std::int64_t> ParsePollMs(std::string_view text);           ///< from a second
[[nodiscard]] Result<std::int64_t> ParseAuditIntervalMs(std::string_view text);  ///< as ParseDurationMs
[[nodiscard]] Result<std::int64_t> ParseCacheBytes(std::string_view text);       ///< as ParseBytes
[[nodiscard]] Result<int> ParseAddressLimit(std::string_view text);              ///< of connections
[[nodiscard]] Result<RequestRate> ParseRequestRate(std::string_view text);       ///< "50/s", "50/s:200"

/// "+08:00" → seconds; "auto" → nothing.
[[nodiscard]] Result<std::optional<std::int64_t>> ParseOffset(std::string_view text);

[[nodiscard]] Result<AccessLogging> ParseAccessLogging(std::string_view text);  ///< on, errors, off

// Lists, separated by commas; "" is the empty list.
[[nodiscard]] Result<std::vector<std::string>> ParseAddresses(std::string_view text);  ///< one at least
[[nodiscard]] Result<std::vector<std::string>> ParseHosts(std::string_view text);
[[nodiscard]] Result<std::vector<std::string>> ParseNetworks(std::string_view text);
[[nodiscard]] Result<std::vector<std::string>> ParseOrigins(std::string_view text);

inline constexpr int kLeastConnections = 8;
inline constexpr int kMostConnections = 65'536;

}  // namespace keymeter::processor
