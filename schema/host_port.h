#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// "host:port" as settings, URLs and headers have it; IPv6 addresses stand in brackets: "[::1]:8787".
/// Threads: pure functions.
namespace keymeter {

/// The halves as they stand in the text. Lifetime: views into it.
struct HostPort {
  std::string_view host;                 ///< without brackets; may be empty
  std::optional<std::string_view> port;  ///< nothing when there is no colon behind the host
  bool is_bracketed = false;
};

/// Splits behind the bracket, else at the last colon. Nothing when a bracket is not closed, or when something
/// other than ":port" follows it. Judges neither half.
[[nodiscard]] std::optional<HostPort> SplitHostPort(std::string_view text);

/// Decimal digits, 0 to 65535.
[[nodiscard]] std::optional<std::uint16_t> ParsePort(std::string_view text);

/// "127.0.0.1:8787", "[::1]:8787".
[[nodiscard]] std::string JoinHostPort(std::string_view host, std::uint16_t port);

}  // namespace keymeter
