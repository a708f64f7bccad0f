#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <thread>

#include "query-api/http/connection_table.h"
#include "query-api/http/listen_address.h"
#include "schema/clock.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

/// Ends the connections of one listener that are over their time, by shutting their sockets: that wakes the
/// thread which civetweb has waiting on them.
///
/// civetweb does not tell its sockets. The guard finds them when it has to end one, among the open files of
/// this process, by the client's address and port. It holds its lock meanwhile, and Close takes the same lock
/// before civetweb closes the socket: a number that is found cannot have become another connection's.
/// civetweb tells where a connection comes from only after it was opened: the guard asks at its next look.
/// Without /proc nothing is found; civetweb's own, looser timeouts remain.
/// Threads: any; one thread of its own. Lifetime: borrows the clock; a Connection lives from Open to Close.
/// Tested by tests/query-api/http/http_server_test.cc.
class ConnectionGuard {
 public:
  /// Addresses without a cap: proxies, through which many clients come.
  using ExemptFunction = std::function<bool(const Peer& peer)>;

  /// Nothing, as long as civetweb does not say.
  using PeerFunction = std::function<std::optional<Peer>(const void* owner)>;

  ConnectionGuard(const ConnectionLimits& limits, const Clock& clock, PeerFunction peer_of,
                  ExemptFunction is_exempt = {});
  ~ConnectionGuard();
  ConnectionGuard(const ConnectionGuard&) = delete;
  ConnectionGuard& operator=(const ConnectionGuard&) = delete;

  /// Before the first connection: where the listener really listens.
  void Watch(const ListenAddress& address);

  Connection& Open(const void* owner);
  void Close(Connection& connection);
  /// See ConnectionTable::HeaderDone.
  [[nodiscard]] Ending HeaderDone(Connection& connection);
  void AnswerDone(Connection& connection);
  /// What the answer that is now sent keeps in memory.
  void Hold(Connection& connection, std::size_t bytes);
  /// Around each piece of an answer or message that is handed to civetweb for sending.
  void BeginWrite(Connection& connection);
  void EndWrite(Connection& connection);
  /// Shuts it now. From any thread, while the connection is known not to be closed.
  void End(Connection& connection);
  void EndAll();

  /// What its client has sent and civetweb has not read. On the connection's own thread.
  [[nodiscard]] std::size_t UnreadBytes(const Connection& connection) const;
  [[nodiscard]] std::size_t connections() const;

 private:
  void Run();
  void NameConnections() REQUIRES(mutex_);
  void Shut(const std::vector<ConnectionTable::Order>& orders) const REQUIRES(mutex_);

  const Clock& clock_;
  const PeerFunction peer_of_;
  const ExemptFunction is_exempt_;
  mutable Mutex mutex_;
  CondVar changed_;
  ConnectionTable table_ GUARDED_BY(mutex_);
  ListenAddress address_ GUARDED_BY(mutex_);
  bool sleeps_ GUARDED_BY(mutex_) = false;      ///< the thread waits for a first connection
  bool is_hurried_ GUARDED_BY(mutex_) = false;  ///< there is something to end now
  bool stops_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace keymeter::query_api
