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

/// What WebSockets have done since the start.
struct WebSocketCounts {
  std::atomic<std::uint64_t> opened{0};
  std::atomic<std::uint64_t> messages{0};             ///< sent
  std::array<std::atomic<std::uint64_t>, 5> ended{};  ///< by SessionEnd
};

/// Reads and writes all WebSockets, by one thread that never waits for any of them.
///
/// Threads: Add, Wake and Stop from any; one of its own. Lifetime: borrows what it is given. Bounds: 16 KiB a
/// connection in the process, 64 KiB each way in the kernel; as many connections as are added.
class WebSocketLoop {
 public:
  /// Something that lives as long as the connection.
  using Keepsake = std::shared_ptr<const void>;

  static Result<std::unique_ptr<WebSocketLoop>> Start(PushHub& hub, const Clock& clock,
                                                      WebSocketCounts& counts);
  ~WebSocketLoop();
  WebSocketLoop(const WebSocketLoop&) = delete;
  WebSocketLoop& operator=(const WebSocketLoop&) = delete;

  struct Newcomer {
    FileDescriptor socket;
    Role role;
    Keepsake keepsake;
    std::function<bool()> may_stay;  ///< asked every kReviewMs; empty: yes
  };
  /// A connection after its handshake. After Stop it is closed at once.
  void Add(Newcomer newcomer);
  /// The hub may have something for somebody.
  void Wake();
  /// Closes all with 1001 and waits until they have taken it, at most kFarewellMs.
  void Stop();

  static constexpr std::int64_t kReviewMs = 30'000;
  static constexpr std::int64_t kFarewellMs = 500;

 private:
  struct Connection;
  WebSocketLoop(PushHub& hub, const Clock& clock, WebSocketCounts& counts, FileDescriptor wake);

  void Run();
  [[nodiscard]] bool IsStopping();
  /// Waits until somebody can be read from or written to, or it is woken, and serves all; at most so long.
  void Turn(int most_ms);
  void TakeNewcomers();
  void Serve(Connection& connection);
  void Write(Connection& connection);
  void Read(Connection& connection);
  void Poll(int most_ms);
  void RemoveOver();
  void SayFarewell();

  PushHub& hub_;
  const Clock& clock_;
  WebSocketCounts& counts_;
  const FileDescriptor wake_;                             ///< an eventfd
  std::vector<std::unique_ptr<Connection>> connections_;  ///< the loop thread's own
  Mutex mutex_;
  std::vector<Newcomer> newcomers_;  ///< protected by mutex_
  bool stops_ = false;               ///< protected by mutex_
  std::thread thread_;               ///< last: it uses all of the above
};

}  // namespace keymeter::query_api
