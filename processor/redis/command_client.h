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

/// Commands and their replies on one connection, in order, pipelined.
///
/// Threads: loop thread. Lifetime: callbacks of commands that were sent before a close are dropped uncalled;
/// a reply is valid during its callback. Bounds: those of ReplyReader, and of the commands under way; pacing
/// is the caller's.
class CommandClient {
 public:
  using OnReply = std::function<void(std::size_t index, const Reply& reply)>;

  CommandClient(const EventLoop& loop, const Clock& clock, const RedisTarget& target,
                RedisConnection::Handler handler);

  void Connect(std::vector<SocketAddress> addresses);  ///< the first that answers
  void Drop();
  void Close(const Error& why) { connection_.Close(why); }

  void Command(std::initializer_list<std::string_view> arguments, std::function<void(const Reply&)> on_reply);
  /// `count` commands, already in RESP; `on_reply` is called `count` times.
  void Pipeline(std::string_view commands, std::size_t count, OnReply on_reply);

  /// How long the oldest command has been waiting for its reply; 0 when none is.
  [[nodiscard]] std::int64_t OldestWaitMs() const;
  [[nodiscard]] const SocketAddress& peer() const { return connection_.peer(); }
  /// What we wait for while it is not connected yet, for people.
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
