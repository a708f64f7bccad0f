#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "processor/event_loop.h"
#include "processor/pubsub_reader.h"
#include "processor/redis_connection.h"
#include "processor/redis_target.h"
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

  Subscriber(const EventLoop& loop, const Clock& clock, RedisTarget target, Handler handler);

  void Connect();
  void Drop();
  void Close(const Error& why) { connection_.Close(why); }

  void Fence(std::function<void()> on_reached);
  /// How long the oldest fence has been waiting; 0 when none is.
  [[nodiscard]] std::int64_t OldestWaitMs() const;

 private:
  struct Waiting {
    std::int64_t sent_ms;
    std::function<void()> on_reached;
  };

  void OnConnected();
  Status OnBytes(std::string_view bytes);
  void OnMessage(std::size_t channel, std::string_view payload) override;
  void OnSubscribed() override;
  void OnPong() override;
  void OnStatus() override {}
  void OnError(std::string_view text) override;

  const Clock& clock_;
  RedisTarget target_;
  std::vector<std::string> channels_;
  Handler handler_;
  PubSubReader reader_;
  RedisConnection connection_;
  std::size_t subscribed_ = 0;
  std::deque<Waiting> fences_;
  std::optional<Error> refused_;
};

/// AUTH, when the URL has a password; nothing otherwise.
void AppendAuth(std::string& out, const RedisUrl& url);
/// An error reply of Redis as ours: what may pass (loading, busy) apart from what will not (password,
/// rights).
[[nodiscard]] Error ErrorOfReply(std::string_view text);
/// The same for a reply to AUTH, whose text may repeat the password.
[[nodiscard]] Error ErrorOfAuthReply(std::string_view text);
/// The error is about one key (its type, our right to it) and will not pass; others say that Redis cannot
/// answer now.
[[nodiscard]] bool ConcernsOnlyItsKey(std::string_view text);

}  // namespace keymeter::processor
