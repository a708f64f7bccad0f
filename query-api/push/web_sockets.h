#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "query-api/http/router.h"
#include "query-api/push/connection_limiter.h"
#include "query-api/push/push_hub.h"
#include "query-api/push/push_thread.h"
#include "query-api/push/web_socket_session.h"
#include "query-api/snapshot/connection_pool.h"
#include "schema/clock.h"
#include "schema/mutex.h"
#include "schema/prometheus_text.h"

namespace keymeter::query_api {

/// The WebSockets of `/api/ws`. A subscriber gets the current state of an API key, an account, a group, the
/// relay's rates or its health, and then every change.
///
/// It has its own thread, which reads the file, and its own SQLite connection, so that WebSockets and other
/// requests do not wait for each other. Connections are the front's: a 101 carries what makes the session.
/// Threads: Start, OnNews, StopPublishing and destruction on one, the rest any. Lifetime: borrows the clock,
/// and what the gate uses; outlives its sessions. Bounds: `most` connections; see PushHub and
/// WebSocketSession for the cost of one.
class WebSockets {
 public:
  /// `gate` is called again for open connections from time to time, since credentials expire.
  static std::unique_ptr<WebSockets> Start(const std::string& db_path, const Clock& clock, std::size_t most,
                                           Gate gate);
  WebSockets(const WebSockets&) = delete;
  WebSockets& operator=(const WebSockets&) = delete;

  /// The handler of `/api/ws`: the handshake or its refusal; 503 when there are too many connections.
  [[nodiscard]] Result<Response> Answer(const Call& call);
  void Write(PrometheusText& writer) const;
  /// `wake` is called on the thread that publishes: there may be something to send. To be set once: until
  /// then sessions look four times a second.
  void OnNews(std::function<void()> wake);
  /// Waits until that thread has ended. Sessions go on without news, and nobody is woken any more.
  void StopPublishing() { publisher_->Stop(); }

 private:
  WebSockets(const std::string& db_path, const Clock& clock, std::size_t most, Gate gate);
  void Wake();

  const Gate gate_;
  ConnectionPool pool_;
  ApiContext context_;
  ConnectionLimiter limiter_;
  WebSocketCounts counts_;
  std::atomic<std::uint64_t> refused_{0};
  PushHub hub_;
  Mutex mutex_;
  std::function<void()> wake_ GUARDED_BY(mutex_);
  std::unique_ptr<PushThread> publisher_;  ///< last: it uses all of the above
};

}  // namespace keymeter::query_api
