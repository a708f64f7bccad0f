#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "query-api/http/http_types.h"
#include "schema/error.h"

/// Where a request carries its token. Threads: pure functions.
namespace keymeter::query_api {

/// Longer ones are refused before anything is computed from them.
inline constexpr std::size_t kMaxTokenBytes = 4096;

/// `Authorization: Bearer TOKEN`, the scheme in any case; nothing without that header. Errors: kInvalid
/// when it is there twice, kRefused for another scheme or what is no token.
[[nodiscard]] Result<std::optional<std::string>> BearerOf(const Request& request);

/// What a WebSocket's handshake offers in `Sec-WebSocket-Protocol: keymeter, bearer.TOKEN`, for a page in a
/// browser can set no other header.
struct ProtocolOffer {
  std::string protocol;  ///< to be echoed: "keymeter" when that was offered, else ""; never a token
  std::optional<std::string> token;  ///< of "bearer.TOKEN"
};

/// Over all headers of that name. Errors (kInvalid): more than one token, no token behind "bearer.".
[[nodiscard]] Result<ProtocolOffer> ProtocolOfferOf(const Request& request);

}  // namespace keymeter::query_api
