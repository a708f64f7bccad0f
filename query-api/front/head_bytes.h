#pragma once

#include <algorithm>
#include <array>
#include <string_view>

/// The bytes that heads are made of (RFC 9110, 5.5 and 5.6.2), without the TAB. Threads: pure functions.
namespace keymeter::query_api {

namespace internal {

using ByteSet = std::array<bool, 256>;

constexpr ByteSet TokenBytes() {
  ByteSet set{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
    set[static_cast<unsigned char>(c)] = true;
  return set;
}

inline constexpr ByteSet kTokenBytes = TokenBytes();

}  // namespace internal

/// Of methods and of the names of headers.
constexpr bool IsTokenByte(char c) {
  return internal::kTokenBytes[static_cast<unsigned char>(c)];
}

/// Of the values of headers: no control characters; whether it is UTF-8 is another question.
constexpr bool IsValueByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7F;
}

/// A Content-Length: no sign, no list, and at most 18 digits, so that it fits into 64 bits.
constexpr bool IsLength(std::string_view text) {
  constexpr std::size_t kMaxDigits = 18;
  return !text.empty() && text.size() <= kMaxDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace keymeter::query_api
