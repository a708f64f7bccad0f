#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "processor/redis/nonce.h"
#include "processor/redis/pubsub_reader.h"
#include "processor/redis/read_pause.h"
#include "processor/redis/redis_connection.h"
#include "processor/redis/redis_target.h"
#include "schema/clock.h"
#include "schema/event_loop.h"

namespace keymeter::processor {

/// What a keyevent channel announces. The order is that of Subscriber's channels.
enum class KeyEvent : std::uint8_t {
  // Without these there is no metering:
  kHset,
  kHincrby,
  kDel,
  kExpired,
  // The rare ones, each subscribed to by a command of its own, because a user's rights may lack it:
  kHincrbyfloat,
  kEvicted,
  kRenameFrom,
  kMoveFrom,
  kRenameTo,
  kMoveTo,
  kRestore,
  kCopyTo,
  kHdel,
  kHexpired,  ///< since Redis 7.4
};
inline constexpr std::size_t kNeededKeyEvents = 4;

/// The event's name in the channel's: "hset". Source: notifyKeyspaceEvent in Redis' src/*.c.
[[nodiscard]] std::string_view KeyEventName(KeyEvent event);

/// The connection that is subscribed to the keyevent channels of one database.
///
/// A fence says when every event that Redis had announced before it has been handed on: it sends a PING with
/// a nonce, whose answer comes back behind those events. It is the heartbeat as well. What is neither a
/// message of a channel that is confirmed nor the answer that is awaited next ends the connection
/// (DESIGN.md). Threads: loop thread. Lifetime: borrows everything it is given; Drop and Connect drop fences
/// uncalled. Bounds: an event costs no allocation (see PubSubReader).
class Subscriber : private PubSubSink {
 public:
  struct Handler {
    std::function<void()> on_subscribed;  ///< to every channel that our user may subscribe to
    std::function<void(KeyEvent event, std::string_view key)> on_event;
    std::function<void(const Error&)> on_closed;
  };

  Subscriber(const EventLoop& loop, const Clock& clock, const RedisTarget& target, Handler handler);

  void Connect(const SocketAddress& address);
  void Drop();
  void Close(const Error& why) { connection_.Close(why); }

  void Fence(std::function<void()> on_reached);
  /// Hands on what has arrived by now, even during a rest of the connection.
  void TakeWaiting() { connection_.ReadDuringRest(); }
  /// How long the oldest unreached fence has been waiting; 0: there is none.
  [[nodiscard]] std::int64_t OldestWaitMs() const;
  /// Redis' number of this connection (CLIENT ID); 0: not known.
  [[nodiscard]] std::int64_t id() const { return id_; }
  /// Events whose channels our user may not subscribe to: they are never seen.
  [[nodiscard]] const std::vector<KeyEvent>& refused() const { return refused_events_; }
  /// What we wait for until it is subscribed.
  [[nodiscard]] AwaitedStep Awaited() const { return connection_.Awaited(); }

 private:
  /// The answers that come before the first message, in their order.
  enum class Awaiting : std::uint8_t { kAuth, kClientId, kSubscribed, kNothing };
  struct Waiting {
    std::int64_t sent_ms;
    Nonce nonce;
    std::function<void()> on_reached;
  };

  void OnConnected();
  void OnChannelAnswered();
  /// How many channels were confirmed or refused: that is also the next one's number.
  [[nodiscard]] std::size_t Answered() const { return subscribed_ + refused_events_.size(); }
  Status OnBytes(std::string_view bytes);
  std::int64_t RestMs();
  void OnMessage(std::size_t channel, std::string_view payload) override;
  void OnLongMessage(std::size_t channel) override;
  void OnSubscribed(std::size_t channel) override;
  void OnPong(std::string_view text) override;
  void OnStatus() override;
  void OnClientId(std::int64_t id) override;
  void OnError(std::string_view text) override;
  void Refuse(std::string_view what);

  const Clock& clock_;
  const RedisTarget& target_;
  std::vector<std::string> channels_;
  Handler handler_;
  PubSubReader reader_;
  RedisConnection connection_;
  ReadPause heard_;  ///< what was read since the last rest
  Awaiting awaiting_ = Awaiting::kNothing;
  std::int64_t id_ = 0;
  bool has_left_out_ = false;  ///< a message that was too long; logged once
  std::size_t subscribed_ = 0;
  std::deque<Waiting> fences_;
  std::vector<KeyEvent> refused_events_;
  std::optional<Error> refused_;  ///< why the connection cannot be used
};

}  // namespace keymeter::processor
