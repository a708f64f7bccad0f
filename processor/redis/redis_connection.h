#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/redis/address_lookup.h"
#include "processor/redis/redis_target.h"
#include "processor/runtime/event_loop.h"
#include "schema/error.h"

struct bufferevent;

namespace keymeter::processor {

/// What a connection waits for, for people: "no answer in 5 s: waited for {what}", and what to do then.
struct AwaitedStep {
  std::string_view what;
  std::string_view remedy = {};  ///< empty where nobody knows
};

/// A connection, by TCP, TLS or a unix socket, that carries bytes to and from a Redis server; it knows
/// nothing of what they say, except that TLS is none of it.
///
/// Threads: loop thread. Lifetime: borrows loop and target; callbacks may call Close, but not destroy it.
/// Bounds: nothing is kept of what was received (64 KB at a time, 128 KB before others have their turn); what
/// is sent waits in libevent's buffer. How long to wait for a server is its user's to say.
class RedisConnection {
 public:
  struct Handler {
    std::function<void()> on_connected;
    std::function<Status(std::string_view bytes)> on_bytes;  ///< an error closes the connection
    std::function<void(const Error&)> on_closed;             ///< at most once a connection
    /// Asked when all that was read has been handed on: how long to leave in the socket what comes next,
    /// milliseconds; empty: never.
    std::function<std::int64_t()> rest_ms = {};
    bool holds_secrets = true;  ///< what is received: so it is wiped
  };

  RedisConnection(const EventLoop& loop, const RedisTarget& target, Handler handler)
      : loop_(loop), target_(target), handler_(std::move(handler)), rest_(loop, [this] { OnRested(); }) {}
  ~RedisConnection() { Drop(); }
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  /// To the first of the addresses that takes us; each gets its part of the time for connecting.
  void Connect(std::vector<SocketAddress> addresses);
  void Send(std::string_view bytes);
  void EndRest();                ///< reads on at once
  void ReadDuringRest();         ///< what has come by now, if it is resting
  void Close(const Error& why);  ///< calls on_closed
  void Drop();                   ///< calls nothing
  [[nodiscard]] bool IsOpen() const { return stream_ != nullptr; }
  [[nodiscard]] const SocketAddress& peer() const { return addresses_[tried_ - 1]; }  ///< once connected
  [[nodiscard]] AwaitedStep Awaited() const;

 private:
  enum class Phase : std::uint8_t { kDialing, kShakingHands, kOpen };

  void DialNext();
  void SetCallbacks();
  void StartTls();
  void BecomeOpen();
  [[nodiscard]] bool IsPlain() const { return target_.url.transport != RedisUrl::Transport::kTls; }
  void OnReadable();
  void TakeInput();
  bool ReadSocket();  ///< whether there was anything
  void Wipe(void* bytes, std::size_t size) const;
  void Rest();
  void OnRested();
  void OnEvent(short what);
  void OnDialFailed(int socket_error);
  void OnEnd(short what);
  void ReadLastWords();
  Status Take(std::string_view bytes);

  const EventLoop& loop_;
  const RedisTarget& target_;
  Handler handler_;
  Timer rest_;                  ///< runs while nothing is read
  std::vector<char> received_;  ///< room for what is read at once
  bufferevent* stream_ = nullptr;
  Phase phase_ = Phase::kDialing;
  bool has_received_ = false;
  std::vector<SocketAddress> addresses_;
  std::size_t tried_ = 0;  ///< of the addresses, in their order
};

}  // namespace keymeter::processor
