#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "schema/mutex.h"
#include "tests/support/fault_flow.h"

namespace keymeter::testing {

/// A TCP proxy on loopback that misbehaves as it is told: between the program under test and its Redis.
///
/// A connection is the subscription once SUBSCRIBE went by, else one for commands; faults hit one kind or
/// both. Threads: any; one of its own moves the bytes. Bounds: 1 MB held in each direction of a connection,
/// then it reads no further. Throws std::runtime_error when it cannot listen.
class FaultProxy {
 public:
  enum class Who { kBoth, kCommands, kSubscription };
  enum class Way { kBoth, kToServer, kToClient };
  enum class Cut { kFin, kReset };

  explicit FaultProxy(int server_port);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  [[nodiscard]] int port() const { return port_; }

  // At once:
  void CutNow(Who who, Cut how);
  /// Open connections become dead without being closed: bytes of either side vanish, as behind a lost route.
  void LoseNow(Who who);
  /// Sends bytes of our own to the client or to the server, among those of the other side.
  void Inject(Who who, Way way, std::string_view bytes);
  /// Of the next value that comes whole, in each direction.
  void Disturb(Who who, Way way, const Disorder& disorder);

  // From now on, for open connections and for new ones, until Heal:
  void Slow(Who who, Way way, const FlowFault& fault);
  void RefuseNew();
  void Heal();

  /// New connections go to this port.
  void Retarget(int server_port) { server_port_ = server_port; }

  [[nodiscard]] int connections();  ///< open now
  [[nodiscard]] std::int64_t accepted() const { return accepted_; }

 private:
  struct Connection {
    FaultFlow to_server;
    FaultFlow to_client;
    bool is_subscription = false;
    bool is_lost = false;
  };
  struct Rule {
    Who who;
    Way way;
    FlowFault fault;
  };
  struct Waiting;

  void Run();
  /// Does all that can be done at once, and says what to wait for.
  [[nodiscard]] Waiting MoveAll();
  void Accept() REQUIRES(mutex_);
  /// False when it is over.
  [[nodiscard]] bool Move(Connection& connection, std::int64_t now_ms) REQUIRES(mutex_);
  [[nodiscard]] bool Drain(Connection& connection);
  void AwaitFlow(const FaultFlow& flow, const FlowFault& fault, std::int64_t now_ms, Waiting& waiting) const;
  void Wake() const;
  [[nodiscard]] FlowFault FaultOf(const Connection& connection, Way way) const REQUIRES(mutex_);
  [[nodiscard]] static bool Concerns(Who who, const Connection& connection);

  int listener_ = -1;
  int wake_read_ = -1;
  int wake_write_ = -1;
  int port_ = 0;
  std::atomic<int> server_port_;
  std::atomic<std::int64_t> accepted_{0};
  std::atomic<bool> is_stopping_{false};

  Mutex mutex_;
  std::list<Connection> connections_ GUARDED_BY(mutex_);
  std::vector<Rule> rules_ GUARDED_BY(mutex_);  ///< of several that match the last one holds
  bool refuses_new_ GUARDED_BY(mutex_) = false;

  std::thread thread_;  // last: starts when all else stands
};

}  // namespace keymeter::testing
