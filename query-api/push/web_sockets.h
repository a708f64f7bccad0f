#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "query-api/http/router.h"
#include "query-api/push/connection_limiter.h"
#include "query-api/push/push_hub.h"
#include "query-api/push/push_thread.h"
#include "query-api/push/web_socket_loop.h"
#include "query-api/snapshot/connection_pool.h"
#include "schema/clock.h"
#include "schema/prometheus_text.h"

namespace keymeter::query_api {

/// `/api/ws`: whoever subscribes is sent the present state of an API key, account or group, of the relay's
/// rates or of its health, and then what changes.
///
/// Has its own threads (one reads the file, one serves all sockets) and its own connection to SQLite, so
/// clients of it and other requests do not wait for each other.
/// Threads: Start and destruction on one, the rest any. Lifetime: borrows the clock, and what the gate uses.
/// Bounds: `most` connections (see PushHub, WebSocketSession and WebSocketLoop for what one of them costs).
class WebSockets {
 public:
  /// `gate` is asked again about the request of an open connection from time to time: credentials end.
  static Result<std::unique_ptr<WebSockets>> Start(const std::string& db_path, const Clock& clock,
                                                   std::size_t most, Gate gate);
  ~WebSockets();
  WebSockets(const WebSockets&) = delete;
  WebSockets& operator=(const WebSockets&) = delete;

  /// The handler of `/api/ws`: the handshake, or why not. A full house is a 503.
  [[nodiscard]] Result<Response> Answer(const Call& call);
  void Write(PrometheusText& writer) const;
  /// Closes all with 1001. Returns within about half a second; nobody gets in any more.
  void Stop() { loop_->Stop(); }

 private:
  WebSockets(const std::string& db_path, const Clock& clock, std::size_t most, Gate gate);

  const Gate gate_;
  ConnectionPool pool_;
  ApiContext context_;
  ConnectionLimiter limiter_;
  WebSocketCounts counts_;
  std::atomic<std::uint64_t> refused_{0};
  PushHub hub_;
  std::unique_ptr<WebSocketLoop> loop_;
  std::unique_ptr<PushThread> publisher_;  ///< last: it wakes the loop
};

}  // namespace keymeter::query_api
