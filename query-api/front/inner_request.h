#pragma once

#include <string>
#include <string_view>

#include "query-api/http/http_types.h"

/// A request, written anew for what answers inside. Threads: pure functions.
namespace keymeter::query_api {

/// Request::peer as a header. A client's header of this name is not passed on.
inline constexpr std::string_view kPeerHeader = "Keymeter-Peer";

/// The true method, where the one in the request's line only stands for it: civetweb refuses those that it
/// does not know.
inline constexpr std::string_view kMethodHeader = "Keymeter-Method";

/// `Upgrade`, and that `Connection` names it: civetweb would close a connection after a request that has
/// them.
inline constexpr std::string_view kUpgradeHeader = "Keymeter-Upgrade";

/// Appends a whole head without a body: the request's line, the headers that gate, router and handlers read
/// (each once; what came in several lines is joined), and the peer.
void AppendInnerRequest(std::string& out, const Request& request);

}  // namespace keymeter::query_api
