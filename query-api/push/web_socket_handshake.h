#pragma once

#include "query-api/http/http_types.h"

/// The handshake of a WebSocket (RFC 6455, 4.2). Whether the client may open one is decided by the gate.
/// Threads: pure functions.
namespace keymeter::query_api {

/// Our subprotocol. Browsers can send a token only in `Sec-WebSocket-Protocol`, and must name this protocol
/// beside it. The response names this protocol, never a text that the client sent.
inline constexpr std::string_view kWebSocketProtocol = "keymeter";

/// Status 101, or a refusal: 426 when the request asks for no WebSocket or for another version, 400 when it
/// is malformed or does not name our subprotocol among others, 405 for a method other than GET.
[[nodiscard]] Response WebSocketHandshake(const Request& request);

/// The value of `Sec-WebSocket-Accept`.
[[nodiscard]] std::string WebSocketAccept(std::string_view key);

}  // namespace keymeter::query_api
