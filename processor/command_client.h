#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <hiredis/hiredis.h>

#include "processor/reader_buffer.h"
#include "processor/redis_connection.h"
#include "schema/clock.h"
#include "schema/error.h"

namespace keymeter::processor {

/// A reply of Redis, valid during the callback.
using Reply = redisReply;

[[nodiscard]] inline std::string_view TextOf(const Reply& reply) {
  return {reply.str, static_cast<std::size_t>(reply.len)};
}
[[nodiscard]] inline bool IsError(const Reply& reply) {
  return reply.type == REDIS_REPLY_ERROR;
}

/// Commands and their replies on one connection, in order, pipelined.
///
/// Threads: loop thread. Lifetime: callbacks of commands that were sent before a close are dropped uncalled.
/// Bounds: the replies' memory is freed one by one; pacing is the caller's. What was received is wiped.
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
  [[nodiscard]] std::string_view Awaited() const { return connection_.Awaited(); }

 private:
  struct Pending {
    std::size_t count;
    std::size_t next;
    std::int64_t sent_ms;
    OnReply on_reply;
  };
  struct FreeReader {
    void operator()(redisReader* reader) const {
      WipeReader(*reader);
      redisReaderFree(reader);
    }
  };

  Status OnBytes(std::string_view bytes);
  Status TakeReplies();

  const Clock& clock_;
  std::unique_ptr<redisReader, FreeReader> reader_;
  std::deque<Pending> pending_;
  RedisConnection connection_;
};

}  // namespace keymeter::processor
