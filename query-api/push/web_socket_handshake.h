#pragma once

#include "query-api/http/http_types.h"

/// The handshake of a WebSocket (RFC 6455, 4.2). Who may open one is the gate's matter.
namespace keymeter::query_api {

/// The subprotocol of ours. Clients that send their token in `Sec-WebSocket-Protocol`, as browsers must, name
/// this one beside it; it is what we answer with, never anything that a client sent.
inline constexpr std::string_view kWebSocketProtocol = "keymeter";

/// 101, or the refusal: 426 for a request that asks for no WebSocket or another version, 400 for one that is
/// malformed or names subprotocols without ours, 405 for another method.
[[nodiscard]] Response WebSocketHandshake(const Request& request);

/// The value of `Sec-WebSocket-Accept`.
[[nodiscard]] std::string WebSocketAccept(std::string_view key);

}  // namespace keymeter::query_api
