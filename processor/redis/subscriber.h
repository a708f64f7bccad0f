#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "processor/redis/pubsub_reader.h"
#include "processor/redis/read_pause.h"
#include "processor/redis/redis_connection.h"
#include "processor/redis/redis_target.h"
#include "processor/runtime/event_loop.h"
#include "schema/clock.h"

namespace keymeter::processor {

/// What a keyevent channel announces, in the order of Subscriber's channels.
enum class KeyEvent : std::uint8_t { kHset, kHincrby, kDel, kExpired };

/// The connection that is subscribed to the keyevent channels of one database.
///
/// A fence tells that every event which Redis had announced before the call has been handed on: a PING
/// goes out and its PONG comes back behind them. It also is the heartbeat.
/// Threads: loop thread. Lifetime: borrows all that it is given.
class Subscriber : private PubSubSink {
 public:
  struct Handler {
    std::function<void()> on_subscribed;  ///< to all channels
    std::function<void(KeyEvent event, std::string_view key)> on_event;
    std::function<void(const Error&)> on_closed;
  };

  Subscriber(const EventLoop& loop, const Clock& clock, const RedisTarget& target, Handler handler);

  void Connect(const SocketAddress& address);
  void Drop();
  void Close(const Error& why) { connection_.Close(why); }

  void Fence(std::function<void()> on_reached);
  /// Hands on what has come by now, though the socket is resting.
  void TakeWaiting() { connection_.ReadDuringRest(); }
  /// How long the oldest fence has been waiting; 0 when none is.
  [[nodiscard]] std::int64_t OldestWaitMs() const;
  /// What Redis calls this connection (CLIENT ID); 0: not known.
  [[nodiscard]] std::int64_t id() const { return id_; }
  /// What we wait for while it is not subscribed yet, for people.
  [[nodiscard]] AwaitedStep Awaited() const { return connection_.Awaited(); }

 private:
  struct Waiting {
    std::int64_t sent_ms;
    std::function<void()> on_reached;
  };

  void OnConnected();
  Status OnBytes(std::string_view bytes);
  std::int64_t RestMs();
  void OnMessage(std::size_t channel, std::string_view payload) override;
  void OnSubscribed() override;
  void OnPong() override;
  void OnStatus() override { is_authorized_ = true; }
  void OnClientId(std::int64_t id) override { id_ = id; }
  void OnError(std::string_view text) override;

  const Clock& clock_;
  const RedisTarget& target_;
  std::vector<std::string> channels_;
  Handler handler_;
  PubSubReader reader_;
  RedisConnection connection_;
  ReadPause heard_;  ///< since the last rest
  bool is_authorized_ = false;
  std::int64_t id_ = 0;
  std::size_t subscribed_ = 0;
  std::deque<Waiting> fences_;
  std::optional<Error> refused_;
};

}  // namespace keymeter::processor
