#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Base64url (RFC 4648, section 5) without padding, as tokens and JWTs use it. Threads: pure functions.
namespace keymeter::query_api {

[[nodiscard]] std::string EncodeBase64Url(std::string_view bytes);

/// Accepts exactly what EncodeBase64Url writes: no padding, no blanks, no `+` or `/`, and unused bits of the
/// last character are zero. So each value has one text.
[[nodiscard]] std::optional<std::string> DecodeBase64Url(std::string_view text);

}  // namespace keymeter::query_api
