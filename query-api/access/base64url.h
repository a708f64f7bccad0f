#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Base64 of RFC 4648 section 5, without padding, as tokens and JWTs use it. Threads: pure functions.
namespace keymeter::query_api {

[[nodiscard]] std::string EncodeBase64Url(std::string_view bytes);

/// Strict: exactly what EncodeBase64Url writes. No padding, no blanks, no `+` or `/`, and no bits set beyond
/// the last byte, so that each text has one form.
[[nodiscard]] std::optional<std::string> DecodeBase64Url(std::string_view text);

}  // namespace keymeter::query_api
