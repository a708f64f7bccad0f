#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <sys/socket.h>

#include "query-api/front/stream.h"
#include "query-api/http/http_types.h"
#include "query-api/http/listen_address.h"
#include "schema/clock.h"
#include "schema/error.h"
#include "schema/event_loop.h"
#include "schema/file_descriptor.h"

namespace keymeter::query_api {

/// A connection that a listener took.
struct Accepted {
  FileDescriptor socket;  ///< does not block
  std::string peer;       ///< see Request::peer
  bool is_tls = false;
};

/// One address on which clients are accepted: TCP over IPv4 or IPv6, or a unix socket.
///
/// A unix socket is made with mode 0660; one that a dead process left is replaced, and ours is removed at the
/// end. Threads: made and destroyed on any while the loop does not run, else that of the loop. Lifetime: ends
/// before its loop. Bounds: 4096 connections wait in the kernel.
class Listener {
 public:
  using OnAccept = std::function<void(Accepted)>;

  /// `flag` is named in errors (kRefused): the address is in use, or not ours.
  static Result<std::unique_ptr<Listener>> Open(const EventLoop& loop, const Clock& clock,
                                                const ListenAddress& address, std::string_view flag,
                                                OnAccept on_accept);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// With the port that was chosen when it was asked for port 0.
  [[nodiscard]] const ListenAddress& address() const { return address_; }
  /// While it pauses, clients wait in the kernel.
  void Pause(bool pauses);

  /// For libevent's callbacks only.
  void Take(FileDescriptor socket, const sockaddr& peer) const;
  void CannotAccept();

 private:
  Listener(const EventLoop& loop, const Clock& clock, const ListenAddress& address, OnAccept on_accept);
  [[nodiscard]] bool Listen(FileDescriptor socket);
  void Apply();

  const EventLoop& loop_;
  const Clock& clock_;
  ListenAddress address_;
  const OnAccept on_accept_;
  ListeningSocket listener_;
  bool pauses_ = false;
  bool has_failed_ = false;  ///< until the retry
  std::uint64_t inode_ = 0;  ///< of our unix socket: another's may have taken its path
  std::int64_t warned_ms_;   ///< when the log said that accept fails
  Timer retry_;              ///< after the process had no file left for a connection
};

}  // namespace keymeter::query_api
