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

/// The WebSockets of `/api/ws`. A subscriber gets the current state of an API key, an account, a group, the
/// relay's rates or its health, and then every change.
///
/// It has its own threads (one reads the file, one serves all sockets) and its own SQLite connection, so that
/// WebSockets and other requests do not wait for each other.
/// Threads: Start and destruction on one, the rest any. Lifetime: borrows the clock, and what the gate uses.
/// Bounds: `most` connections; see PushHub, WebSocketSession and WebSocketLoop for the cost of one.
class WebSockets {
 public:
  /// `gate` is called again for open connections from time to time, since credentials expire.
  static Result<std::unique_ptr<WebSockets>> Start(const std::string& db_path, const Clock& clock,
                                                   std::size_t most, Gate gate);
  ~WebSockets();
  WebSockets(const WebSockets&) = delete;
  WebSockets& operator=(const WebSockets&) = delete;

  /// The handler of `/api/ws`: the handshake or its refusal; 503 when there are too many connections.
  [[nodiscard]] Result<Response> Answer(const Call& call);
  void Write(PrometheusText& writer) const;
  /// Closes all connections with code 1001 and takes no new ones. Returns within about half a second.
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
