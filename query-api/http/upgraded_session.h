#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace keymeter::query_api {

/// What is said over a connection after its 101, without the socket: bytes and times in, bytes out.
///
/// Times are monotonic milliseconds. Whoever owns the socket takes bytes only as fast as the client does: he
/// asks for Unsent, tells by Sent what has left, and asks again. What is Unsent stays where it is until then.
/// Threads: one, that of the front's loop. Lifetime: as long as its connection.
class UpgradedSession {
 public:
  UpgradedSession() = default;
  virtual ~UpgradedSession() = default;
  UpgradedSession(const UpgradedSession&) = delete;
  UpgradedSession& operator=(const UpgradedSession&) = delete;

  virtual void Receive(std::string_view bytes, std::int64_t now_ms) = 0;
  /// The client has closed its sending side.
  virtual void ReceiveEnd() = 0;
  /// Applies the time limits. Called four times a second.
  virtual void Tick(std::int64_t now_ms) = 0;
  /// The server stops: says so to the client, and ends.
  virtual void Stop(std::int64_t now_ms) = 0;

  /// The bytes to send now; empty when there are none.
  [[nodiscard]] virtual std::string_view Unsent(std::int64_t now_ms) = 0;
  virtual void Sent(std::size_t count) = 0;

  /// The connection must be closed: everything was sent, or the client is gone.
  [[nodiscard]] virtual bool IsOver() const = 0;
  /// Our sending side must be closed, while what the client still sends is read.
  [[nodiscard]] virtual bool HasSentAll() const = 0;
};

}  // namespace keymeter::query_api
