#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "query-api/push/push_hub.h"
#include "query-api/push/web_socket_session.h"
#include "schema/clock.h"
#include "schema/file_descriptor.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

/// Counters of all WebSockets since the start. Threads: any.
struct WebSocketCounts {
  std::atomic<std::uint64_t> opened{0};
  std::atomic<std::uint64_t> messages{0};             ///< sent
  std::array<std::atomic<std::uint64_t>, 5> ended{};  ///< by SessionEnd
};

/// Reads and writes all WebSockets on one thread, which never waits for a single client.
///
/// Not for the handshake, which the HTTP listener does. What is said over a connection: see WebSocketSession.
/// Threads: Add, Wake and Stop from any; one of its own. Lifetime: borrows what it is given. Bounds: per
/// connection 16 KiB in the process and 64 KiB each way in the kernel; as many connections as are added.
/// Tested by tests/query-api/push/web_sockets_test.cc.
class WebSocketLoop {
 public:
  /// Owned by the connection and released with it, such as its slot of ConnectionLimiter.
  using Attachment = std::shared_ptr<const void>;

  static Result<std::unique_ptr<WebSocketLoop>> Start(PushHub& hub, const Clock& clock,
                                                      WebSocketCounts& counts);
  ~WebSocketLoop();
  WebSocketLoop(const WebSocketLoop&) = delete;
  WebSocketLoop& operator=(const WebSocketLoop&) = delete;

  struct NewConnection {
    FileDescriptor socket;
    Role role;
    Attachment attachment;
    std::function<bool()> may_stay;  ///< called every kReviewMs; false closes it. Empty: always true
  };
  /// Takes over a connection after its handshake. After Stop it closes the connection at once.
  void Add(NewConnection fresh);
  /// The hub may have messages for clients.
  void Wake();
  /// Closes all connections with code 1001 and waits up to kCloseAllMs until the clients have read it.
  void Stop();

  static constexpr std::int64_t kReviewMs = 30'000;
  static constexpr std::int64_t kCloseAllMs = 500;

 private:
  struct Connection;
  WebSocketLoop(PushHub& hub, const Clock& clock, WebSocketCounts& counts, FileDescriptor wake);

  void Run();
  [[nodiscard]] bool IsStopping();
  /// Waits until a connection can be read or written, or Wake is called, at most `most_ms`; then serves all.
  void Turn(int most_ms);
  void AddPending();
  void Serve(Connection& connection);
  void Write(Connection& connection);
  void Read(Connection& connection);
  void Poll(int most_ms);
  void RemoveEnded();
  void CloseAll();

  PushHub& hub_;
  const Clock& clock_;
  WebSocketCounts& counts_;
  const FileDescriptor wake_;                             ///< an eventfd
  std::vector<std::unique_ptr<Connection>> connections_;  ///< the loop thread's own
  Mutex mutex_;
  std::vector<NewConnection> pending_ GUARDED_BY(mutex_);
  bool stops_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace keymeter::query_api
