#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query-api/http/caller.h"
#include "schema/error.h"

/// The text of the token file.
///
///     {
///       "version": 1,
///       "tokens": [
///         {"id": "3f9a1c07", "name": "grafana", "role": "viewer", "created": "2026-11-26T02:00:00Z",
///          "expires": "2027-02-24T02:00:00Z", "sha256": "…64 hex digits…"}
///       ]
///     }
///
/// A token without `expires`, or with null, does not expire. A token is "km_" and 256 random bits in
/// base64url, which nobody can guess: one SHA-256 is enough. A slow hash (bcrypt, argon2) protects secrets
/// that people choose; here it would only make each request expensive, and the server easy to overload.
/// Threads: pure functions.
namespace keymeter::query_api {

inline constexpr std::size_t kMaxTokens = 1000;
inline constexpr std::size_t kMaxTokenFileBytes = std::size_t{1} << 20;

/// A token as it is stored: its hash, not the token. Threads: plain value.
struct StoredToken {
  std::string id;    ///< eight hex digits
  std::string name;  ///< unique in its file, see IsTokenName
  Role role = Role::kViewer;
  std::int64_t created_s = 0;               ///< epoch seconds
  std::optional<std::int64_t> expires_s{};  ///< epoch seconds; nothing: never
  std::string sha256;                       ///< 32 bytes

  [[nodiscard]] bool IsExpired(std::int64_t now_s) const { return expires_s && *expires_s <= now_s; }
};

using StoredTokens = std::vector<StoredToken>;

/// 1 to 64 letters, digits and ._@- , which need no quotes in any shell or file.
[[nodiscard]] bool IsTokenName(std::string_view name);
[[nodiscard]] std::string_view RoleName(Role role);  ///< "viewer", "admin"
[[nodiscard]] std::optional<Role> ParseRole(std::string_view name);

/// Errors are kInvalid and name the place: "tokens[2].role: …".
[[nodiscard]] Result<StoredTokens> ParseTokenFile(std::string_view text);
[[nodiscard]] std::string TokenFileText(const StoredTokens& tokens);

/// The stored token with the hash of `token`; null when there is none. The time it takes does not depend on
/// how similar hashes are.
[[nodiscard]] const StoredToken* FindToken(const StoredTokens& tokens, std::string_view token);

/// The text of a new token. It is shown once and stored nowhere.
[[nodiscard]] std::string MakeToken();

}  // namespace keymeter::query_api
