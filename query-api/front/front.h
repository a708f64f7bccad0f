#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "query-api/front/answer.h"
#include "query-api/front/client_connection.h"
#include "query-api/front/connection_limits.h"
#include "query-api/front/handshake_limits.h"
#include "query-api/front/listener.h"
#include "query-api/front/tls_context.h"
#include "schema/clock.h"
#include "schema/error.h"
#include "schema/event_loop.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

/// Where a front listens, and what it grants.
struct FrontOptions {
  std::vector<ListenAddress> addresses;
  std::string_view flag = "--listen";  ///< which flag to name when an address cannot be had
  const char* thread_name = "km-front";
  std::optional<TlsFiles> tls{};  ///< needed when an address is TLS
  FrontLimits limits{};
  /// What is sent instead of a refusal that the backend does not see, so that it is counted and logged like
  /// any other answer. On the loop's thread. If the bytes were no request, only the peer is known.
  MakeRefusal frame_refusal{};
  /// For whose cap a connection of this peer counts: a text that stands for the client; empty: for none.
  std::function<std::string(const std::string& peer)> counts_for{};
};

/// Counters since the start. Threads: any.
struct FrontCounts {
  std::atomic<std::size_t> open{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> overdue{0};    ///< ended because a head, an answer or its taking took too long
  std::atomic<std::uint64_t> displaced{0};  ///< ended to make room for others
};

/// The door: all connections of clients, on one event loop. Requests go to a backend, answers come from it.
///
/// Not for what a request means. Threads: Start and destruction on one; WakeSessions and ReloadCertificate on
/// any. It runs one thread, on which it also asks the backend. Lifetime: borrows clock and counts; the
/// destructor gives answers and sessions half a second, then ends all connections. Bounds: FrontLimits.
class Front {
 public:
  /// The backend lives on the loop and ends before it.
  using MakeBackend = std::function<std::unique_ptr<Backend>(const EventLoop& loop)>;

  static Result<std::unique_ptr<Front>> Start(const FrontOptions& options, const Clock& clock,
                                              FrontCounts& counts, const MakeBackend& make_backend);
  ~Front();
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  /// With the ports that were chosen where it was asked for port 0.
  [[nodiscard]] std::vector<ListenAddress> addresses() const;
  /// Sessions may have something to send. Threads: any.
  void WakeSessions() { sessions_wake_.Wake(); }
  /// Reads certificate and key again: for connections that come from now on. An error changes nothing.
  /// Threads: any.
  [[nodiscard]] Status ReloadCertificate();

 private:
  Front(const FrontOptions& options, const Clock& clock, FrontCounts& counts);

  [[nodiscard]] Status Listen();
  void Accept(Accepted accepted);
  [[nodiscard]] Stream StreamOf(const Accepted& accepted) const;
  void Displace(ClientConnection* connection);
  void DisplaceExcess();
  void Tick();
  void PumpSessions();
  void DestroyEnded();
  /// Clients wait in the kernel while nobody can be displaced; those of TLS also while there were many.
  void PauseWhenFull();
  void TakeNewCertificate();
  void BeginStop();
  template <typename Step>
  void ForEachSession(Step step);

  const FrontOptions options_;
  const Clock& clock_;
  EventLoop loop_;
  FrontCounts& counts_;
  ConnectionLimits limits_;
  HandshakeLimits handshakes_;
  std::optional<TlsContext> tls_;
  std::unique_ptr<Backend> backend_;
  std::optional<ConnectionContext> context_;
  std::unordered_map<ClientConnection*, std::unique_ptr<ClientConnection>> connections_;
  std::vector<ClientConnection*> ended_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::size_t most_open_ = 0;  ///< since memory was given back
  bool stops_ = false;
  int ticks_ = 0;
  Timer tick_;
  Timer last_moment_;
  Wakeup sessions_wake_;
  Wakeup ended_wake_;
  Wakeup stop_wake_;
  Wakeup certificate_wake_;
  Mutex mutex_;
  std::optional<TlsContext> new_tls_ GUARDED_BY(mutex_);
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace keymeter::query_api
