#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "query-api/http/caller.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// The claims of a JSON Web Token that we use. Threads: plain value.
struct JwtClaims {
  std::string subject;  ///< `sub`, a name for the log; "" without
  Role role = Role::kViewer;
};

/// Shorter secrets are refused: HS256 is as strong as its secret.
inline constexpr std::size_t kLeastSecretBytes = 32;

/// The claims of a JWT (RFC 7519) that is signed with this secret (HS256) and valid at `now_s` (epoch
/// seconds).
///
/// Strict: only HS256, whatever the header asks for; no `crit`; `exp` is required and must be in the future;
/// `nbf` and `iat` may be half a minute in the future, since clocks differ. `role` is viewer (the default) or
/// admin. The payload is not parsed before the signature is verified. Errors are kRefused and say what is
/// wrong, without the token.
/// Threads: pure function. Bounds: kMaxTokenBytes.
[[nodiscard]] Result<JwtClaims> VerifyJwt(std::string_view token, std::string_view secret,
                                          std::int64_t now_s);

}  // namespace keymeter::query_api
