#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/redis/address_lookup.h"
#include "processor/redis/redis_target.h"
#include "schema/error.h"
#include "schema/event_loop.h"

struct bufferevent;

namespace keymeter::processor {

/// What a connection waits for, for people: "no answer in 5 s: waited for {what}", and what to do then.
struct AwaitedStep {
  std::string_view what;
  std::string_view remedy = {};  ///< empty where nobody knows
};

/// Carries bytes to and from a Redis server, by TCP, TLS or a unix socket.
///
/// Not for the protocol: CommandClient and Subscriber know what the bytes mean. Nor for deadlines beyond the
/// connect: its user says how long to wait for a server that is silent.
/// Threads: loop thread. Lifetime: borrows loop and target; callbacks may call Close, but not destroy it.
/// Bounds: keeps nothing of what was received; reads 64 KB at a time, and 128 KB before others have their
/// turn. What is sent waits in libevent's buffer.
///
/// Tested by tests/processor/redis/command_client_test.cc, TLS by tests/integration/transport_test.cc.
class RedisConnection {
 public:
  struct Handler {
    std::function<void()> on_connected;
    std::function<Status(std::string_view bytes)> on_bytes;  ///< an error closes the connection
    std::function<void(const Error&)> on_closed;             ///< at most once for each Connect
    /// Asked after everything that was read has been handed on: how long to leave in the socket what comes
    /// next, milliseconds. Empty: no time.
    std::function<std::int64_t()> rest_ms = {};
    bool holds_secrets = true;  ///< received bytes may be secret, so they are wiped after on_bytes
  };

  RedisConnection(const EventLoop& loop, const RedisTarget& target, Handler handler)
      : loop_(loop), target_(target), handler_(std::move(handler)), rest_(loop, [this] { OnRested(); }) {}
  ~RedisConnection() { Drop(); }
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  /// Tries the addresses in their order; each gets an equal part of the time for connecting.
  void Connect(std::vector<SocketAddress> addresses);
  void Send(std::string_view bytes);
  void EndRest();                ///< reads again from now on
  void ReadDuringRest();         ///< if it rests: reads what has come by now
  void Close(const Error& why);  ///< and calls on_closed
  void Drop();                   ///< closes without calling anything
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
  bool ReadSocket();  ///< true when there was something to read
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
  Timer rest_;                  ///< pending while nothing is read
  std::vector<char> received_;  ///< buffer for one read
  bufferevent* stream_ = nullptr;
  Phase phase_ = Phase::kDialing;
  bool has_received_ = false;
  std::vector<SocketAddress> addresses_;
  std::size_t tried_ = 0;  ///< how many of the addresses
};

}  // namespace keymeter::processor
