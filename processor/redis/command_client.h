#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/redis/redis_connection.h"
#include "processor/redis/reply_reader.h"
#include "processor/redis/resp_commands.h"
#include "schema/clock.h"
#include "schema/error.h"

namespace keymeter::processor {

/// Sends commands on one connection, pipelined, and hands each reply to the command that it answers.
///
/// Not for pacing (see LoadPacer) and not for subscriptions (see Subscriber).
/// Threads: loop thread. Lifetime: a reply is valid during its callback; when the connection closes,
/// callbacks of unanswered commands are dropped uncalled. Bounds: those of ReplyReader; one small entry for
/// each Pipeline under way.
class CommandClient {
 public:
  using OnReply = std::function<void(std::size_t index, const Reply& reply)>;

  CommandClient(const EventLoop& loop, const Clock& clock, const RedisTarget& target,
                RedisConnection::Handler handler);

  void Connect(std::vector<SocketAddress> addresses);  ///< to the first address that answers
  void Drop();
  void Close(const Error& why) { connection_.Close(why); }

  void Command(std::initializer_list<std::string_view> arguments, std::function<void(const Reply&)> on_reply);
  /// Sends `count` commands, already in RESP. `on_reply` is called `count` times, with the command's index.
  void Pipeline(std::string_view commands, std::size_t count, OnReply on_reply);

  /// How long the oldest unanswered command has been waiting for its reply; 0: all are answered.
  [[nodiscard]] std::int64_t OldestWaitMs() const;
  [[nodiscard]] const SocketAddress& peer() const { return connection_.peer(); }
  /// What we wait for until it is connected.
  [[nodiscard]] AwaitedStep Awaited() const { return connection_.Awaited(); }

 private:
  struct Pending {
    std::size_t count;
    std::size_t next;
    std::int64_t sent_ms;
    OnReply on_reply;
  };

  Status OnBytes(std::string_view bytes);
  Status TakeReplies();

  const Clock& clock_;
  ReplyReader reader_;
  std::deque<Pending> pending_;
  RedisConnection connection_;
};

}  // namespace keymeter::processor
