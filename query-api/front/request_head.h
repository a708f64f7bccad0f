#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <tl/expected.hpp>

#include "query-api/front/head_scanner.h"  // kMaxHeadBytes
#include "query-api/http/http_types.h"

/// The head of a request, from the bytes that a client sends. Strict: of what two readers could understand
/// differently nothing is repaired; it is refused, as soon as the bytes show it. Threads: pure functions.
/// Bounds: a head of kMaxHeadBytes; a call costs as much as its bytes are long.
namespace keymeter::query_api {

struct RequestHead {
  Request request;                ///< its `peer` and `id` are left empty
  bool keeps_alive = false;       ///< a further request may follow on this connection
  bool names_keep_alive = false;  ///< HTTP/1.0 that asked for it: the answer must say so
  bool has_body = false;          ///< which is never read: the connection must be closed after the answer
  std::size_t bytes = 0;          ///< of the head with its empty line
};

/// The connection must be closed after the answer: where the next request begins is not known.
struct HeadRefusal {
  Request request;  ///< what could be read of it, for the log
  Response response;
};

/// `bytes`: what came on a connection and belongs to no earlier request. nullopt: the head is not whole yet.
[[nodiscard]] tl::expected<std::optional<RequestHead>, HeadRefusal> ReadRequestHead(std::string_view bytes);

}  // namespace keymeter::query_api
