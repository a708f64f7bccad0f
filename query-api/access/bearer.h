#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "query-api/http/http_types.h"
#include "schema/error.h"

/// Finds the token of a request. Threads: pure functions.
namespace keymeter::query_api {

/// Longer tokens are refused before anything is computed from them.
inline constexpr std::size_t kMaxTokenBytes = 4096;

/// The token of `Authorization: Bearer TOKEN` (scheme in upper or lower case); nothing without that header.
/// Errors: kInvalid when the header is there twice, kRefused for another scheme or a malformed token.
[[nodiscard]] Result<std::optional<std::string>> BearerOf(const Request& request);

/// The items of `Sec-WebSocket-Protocol: keymeter, bearer.TOKEN` that concern us. A web page can set no other
/// header of a WebSocket's handshake. Threads: plain value.
struct ProtocolOffer {
  std::string protocol;              ///< to be echoed: "keymeter" if it was offered, else ""
  std::optional<std::string> token;  ///< of "bearer.TOKEN"
};

/// Reads all headers of that name. Errors (kInvalid): more than one token, or a malformed one.
[[nodiscard]] Result<ProtocolOffer> ProtocolOfferOf(const Request& request);

}  // namespace keymeter::query_api
