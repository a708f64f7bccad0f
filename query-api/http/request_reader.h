#pragma once

#include <string>

#include "query-api/http/http_types.h"

struct mg_request_info;

namespace keymeter::query_api {

/// What civetweb read of a request.
struct ReceivedRequest {
  Request request;
  std::string version;  ///< "1.1", "1.0"
  /// False: the header has lines that civetweb does not understand (a folded one, a name with foreign bytes,
  /// a blank before the colon). It drops such a line and all that follow, in silence: a forwarding header or
  /// a length could stand there.
  bool is_understood = true;
};

/// Only while civetweb handles the request: what it points to is gone afterwards.
/// Tested by tests/query-api/http/http_server_test.cc.
[[nodiscard]] ReceivedRequest ReadRequest(const mg_request_info& info);

}  // namespace keymeter::query_api
