#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// The little cryptography that letting people in takes, by OpenSSL. Threads: any.
namespace keymeter::query_api {

[[nodiscard]] std::string Sha256(std::string_view bytes);                           ///< 32 bytes
[[nodiscard]] std::string HmacSha256(std::string_view key, std::string_view text);  ///< 32 bytes

/// Takes as long for a difference in the first byte as for one in the last. Lengths are no secret.
[[nodiscard]] bool EqualsInConstantTime(std::string_view a, std::string_view b);

/// Nobody can guess them. Throws std::runtime_error when the system has none.
[[nodiscard]] std::string RandomBytes(std::size_t count);

}  // namespace keymeter::query_api
