#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// The cryptography of tokens and JWTs, by OpenSSL. Threads: pure functions.
namespace keymeter::query_api {

[[nodiscard]] std::string Sha256(std::string_view bytes);                           ///< 32 bytes
[[nodiscard]] std::string HmacSha256(std::string_view key, std::string_view text);  ///< 32 bytes

/// Takes the same time wherever the texts differ. Their lengths are no secret.
[[nodiscard]] bool EqualsInConstantTime(std::string_view a, std::string_view b);

/// Cryptographically random. Throws std::runtime_error when the system has none.
[[nodiscard]] std::string RandomBytes(std::size_t count);

}  // namespace keymeter::query_api
