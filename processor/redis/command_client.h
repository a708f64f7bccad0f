#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/redis/nonce.h"
#include "processor/redis/redis_connection.h"
#include "processor/redis/reply_reader.h"
#include "processor/redis/resp_commands.h"
#include "schema/clock.h"
#include "schema/error.h"

namespace keymeter::processor {

/// Sends commands on one connection, pipelined in batches, and hands each reply to the command that it
/// answers.
///
/// A batch ends with a question that only its own answer satisfies, a PING with a fresh nonce. No reply of a
/// batch is handed out before that nonce came back in its place; replies that are not in step end the
/// session, and the batch is void (DESIGN.md). Not for pacing (see LoadPacer) and not for subscriptions (see
/// Subscriber). Threads: loop thread. Lifetime: a reply is valid during its callback; when the connection
/// closes, callbacks of unanswered commands are dropped uncalled. Bounds: those of ReplyReader, for all
/// replies of a batch together; one small entry for each Pipeline under way. Tested by
/// tests/processor/redis/command_client_test.cc and batch_test.cc.
class CommandClient {
 public:
  using OnReply = std::function<void(std::size_t index, const Reply& reply)>;
  /// Fails when the reply is none that the command with this index can be answered with (reply_shapes.h). The
  /// replies of the whole batch are looked at before the first one is handed out.
  using Check = std::function<Status(std::size_t index, const Reply& reply)>;

  /// While it stands, all that is asked becomes one batch. Lifetime: a scope, within one callback.
  class OneBatch {
   public:
    explicit OneBatch(CommandClient& client) : client_(client) { client_.is_collecting_ = true; }
    ~OneBatch() { client_.EndCollecting(); }
    OneBatch(const OneBatch&) = delete;
    OneBatch& operator=(const OneBatch&) = delete;

   private:
    CommandClient& client_;
  };

  CommandClient(const EventLoop& loop, const Clock& clock, const RedisTarget& target,
                RedisConnection::Handler handler);

  void Connect(std::vector<SocketAddress> addresses);  ///< to the first address that answers
  void Drop();
  void Close(const Error& why) { connection_.Close(why); }

  void Command(std::initializer_list<std::string_view> arguments, std::function<void(const Reply&)> on_reply,
               Status (*check)(const Reply&) = nullptr);
  /// Sends `count` commands, already in RESP. `on_reply` is called `count` times, with the command's index.
  void Pipeline(std::string_view commands, std::size_t count, OnReply on_reply, Check check = nullptr);
  /// Calls back when all that was asked before, and this question, have been answered.
  void Fence(std::function<void()> on_answered);

  /// How long the oldest unanswered command has been waiting for its reply; 0: all are answered.
  [[nodiscard]] std::int64_t OldestWaitMs() const;
  [[nodiscard]] const SocketAddress& peer() const { return connection_.peer(); }
  /// What we wait for until it is connected.
  [[nodiscard]] AwaitedStep Awaited() const { return connection_.Awaited(); }

 private:
  /// What one call asked.
  struct Part {
    std::size_t count;  ///< 0: a fence
    OnReply on_reply;
    Check check;
  };
  struct Batch {
    std::int64_t sent_ms;
    std::size_t parts = 0;
    std::size_t replies = 0;  ///< without that of the nonce
    Nonce nonce{};
  };

  void Ask(std::string_view commands, Part part);
  void EndCollecting();
  void SendNonce();
  Status OnBytes(std::string_view bytes);
  Status TakeReplies();
  Status TakeReply(const Reply& reply);
  [[nodiscard]] Status CheckHeld() const;
  void HandOut(bool only_errors);
  [[nodiscard]] Error WhyClosed(const Error& why) const;

  const Clock& clock_;
  ReplyReader reader_;
  std::deque<Batch> batches_;       ///< under way
  std::deque<Part> parts_;          ///< of all of them
  std::vector<const Reply*> held_;  ///< replies of the first batch; kept for its room
  bool is_collecting_ = false;      ///< a OneBatch stands
  bool is_batch_open_ = false;      ///< the last batch has not got its nonce yet
  bool is_handing_out_ = false;
  RedisConnection connection_;
};

}  // namespace keymeter::processor
