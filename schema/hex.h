#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Bytes as pairs of hexadecimal digits. Threads: pure functions.
namespace keymeter {

/// 0 to 15, of either case; -1 for anything else.
[[nodiscard]] constexpr int HexDigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// In lower case: "\x0f\xa0" → "0fa0".
[[nodiscard]] std::string ToHex(std::string_view bytes);

/// Of either case; nothing when there is an odd number of digits, or something that is no digit.
[[nodiscard]] std::optional<std::string> FromHex(std::string_view hex);

}  // namespace keymeter
