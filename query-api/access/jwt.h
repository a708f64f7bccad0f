#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "query-api/http/caller.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// What a JSON Web Token says that we go by.
struct JwtClaims {
  std::string subject;  ///< `sub`: a name for the log; "" without
  Role role = Role::kViewer;
};

/// Shorter secrets are refused: HS256 is as strong as its secret.
inline constexpr std::size_t kLeastSecretBytes = 32;

/// The claims of a JWT (RFC 7519) that is signed by HS256 with this secret and holds at `now_s` (epoch
/// seconds).
///
/// Strict: HS256 and nothing else, whatever the header asks for; no `crit`; `exp` must be there and lie
/// ahead; `nbf` and `iat` may lie ahead by half a minute, as clocks differ. `role` is viewer (the default)
/// or admin. Nothing of the payload is looked at before the signature holds. Errors are kRefused and say
/// what is wrong, without the token.
/// Threads: pure. Bounds: kMaxTokenBytes.
[[nodiscard]] Result<JwtClaims> VerifyJwt(std::string_view token, std::string_view secret,
                                          std::int64_t now_s);

}  // namespace keymeter::query_api
