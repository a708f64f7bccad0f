#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query-api/http/caller.h"
#include "schema/error.h"

/// The file of tokens, as text.
///
///     {
///       "version": 1,
///       "tokens": [
///         {"id": "3f9a1c07", "name": "grafana", "role": "viewer", "created": "2026-11-26T02:00:00Z",
///          "expires": "2027-02-24T02:00:00Z", "sha256": "…64 hex digits…"}
///       ]
///     }
///
/// `expires` may be missing or null: never. A token is "km_" and 256 random bits in base64url, so there is
/// nothing to guess and no dictionary to try: one SHA-256 is enough. A slow hash (bcrypt, argon2) makes
/// guessing dear where people choose the secret; here it would only make each request dear, and the server
/// easy to exhaust.
/// Threads: pure functions.
namespace keymeter::query_api {

inline constexpr std::size_t kMaxTokens = 1000;
inline constexpr std::size_t kMaxTokenFileBytes = std::size_t{1} << 20;

/// What is kept of a token.
struct StoredToken {
  std::string id;    ///< eight hex digits
  std::string name;  ///< unique in its file, see IsTokenName
  Role role = Role::kViewer;
  std::int64_t created_s = 0;               ///< epoch seconds
  std::optional<std::int64_t> expires_s{};  ///< likewise; nothing: never
  std::string sha256;                       ///< of the token, 32 bytes

  [[nodiscard]] bool IsExpired(std::int64_t now_s) const { return expires_s && *expires_s <= now_s; }
};

using StoredTokens = std::vector<StoredToken>;

/// 1 to 64 of letters, digits, and ._@- : what needs no quotes anywhere.
[[nodiscard]] bool IsTokenName(std::string_view name);
[[nodiscard]] std::string_view RoleName(Role role);  ///< "viewer", "admin"
[[nodiscard]] std::optional<Role> ParseRole(std::string_view name);

/// Errors are kInvalid and name the place: "tokens[2].role: …".
[[nodiscard]] Result<StoredTokens> ParseTokenFile(std::string_view text);
[[nodiscard]] std::string TokenFileText(const StoredTokens& tokens);

/// The one whose hash this token has, in a time that does not depend on how alike they are; null when there
/// is none.
[[nodiscard]] const StoredToken* FindToken(const StoredTokens& tokens, std::string_view token);

/// A new token's text. It is shown once and kept by nobody.
[[nodiscard]] std::string MakeToken();

}  // namespace keymeter::query_api
