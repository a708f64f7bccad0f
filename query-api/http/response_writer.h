#pragma once

#include <string_view>

#include "query-api/http/connection_guard.h"
#include "query-api/http/http_types.h"

struct mg_connection;

namespace keymeter::query_api {

/// Response to bytes on a connection, under the guard's watch.
///
/// The guard sees each piece of 64 KiB from when civetweb is told to send it until it is taken; it shuts the
/// connection of a client that takes too long, which ends the sending. The time that a body takes to be made
/// is not the client's. Threads: civetweb's, of that connection. Lifetime: one answer.
/// Tested by tests/query-api/http/http_server_test.cc.
class ResponseWriter {
 public:
  struct Form {
    bool with_body = true;          ///< not for HEAD
    bool in_chunks = true;          ///< streamed bodies; false, for HTTP/1.0: up to the end of the connection
    bool closes = false;            ///< no further request is taken on this connection
    bool names_keep_alive = false;  ///< HTTP/1.0 wants to be told
  };

  ResponseWriter(mg_connection* connection, ConnectionGuard& guard, Connection& watched)
      : connection_(connection), guard_(guard), watched_(watched) {}

  /// False when the client did not take it in time, or when not all of it could be made.
  [[nodiscard]] bool Send(const Response& response, const Form& form);

 private:
  [[nodiscard]] bool Write(std::string_view bytes);
  [[nodiscard]] bool SendStream(const BodyStream& stream, bool in_chunks);

  mg_connection* connection_;
  ConnectionGuard& guard_;
  Connection& watched_;
};

}  // namespace keymeter::query_api
