#include "processor/redis/command_client.h"

#include <utility>

namespace keymeter::processor {

CommandClient::CommandClient(const EventLoop& loop, const Clock& clock, const RedisTarget& target,
                             RedisConnection::Handler handler)
    : clock_(clock),
      connection_(loop, target,
                  {std::move(handler.on_connected), [this](std::string_view bytes) { return OnBytes(bytes); },
                   std::move(handler.on_closed)}) {}

void CommandClient::Connect(std::vector<SocketAddress> addresses) {
  Drop();
  reader_.Reset();
  connection_.Connect(std::move(addresses));
}

void CommandClient::Drop() {
  connection_.Drop();
  pending_.clear();
}

void CommandClient::Command(std::initializer_list<std::string_view> arguments,
                            std::function<void(const Reply&)> on_reply) {
  std::string bytes;
  AppendCommand(bytes, arguments);
  Pipeline(bytes, 1, [call = std::move(on_reply)](std::size_t, const Reply& reply) { call(reply); });
}

void CommandClient::Pipeline(std::string_view commands, std::size_t count, OnReply on_reply) {
  if (count == 0) return;
  pending_.push_back({count, 0, clock_.MonotonicMs(), std::move(on_reply)});
  connection_.Send(commands);
}

std::int64_t CommandClient::OldestWaitMs() const {
  return pending_.empty() ? 0 : clock_.MonotonicMs() - pending_.front().sent_ms;
}

Status CommandClient::OnBytes(std::string_view bytes) {
  reader_.Feed(bytes);
  Status taken = TakeReplies();
  reader_.WipeTaken();
  return taken;
}

Status CommandClient::TakeReplies() {
  while (true) {
    ASSIGN_OR_RETURN(const auto next, reader_.Next());
    const Reply* reply = next;
    if (reply == nullptr) return {};
    if (pending_.empty()) return Fail(ErrorCode::kCorrupt, "a reply to no command");
    Pending& front = pending_.front();
    const std::size_t index = front.next++;
    // Moved out of the queue for the call, which may send further commands, or close the connection and so
    // empty the queue.
    OnReply call = std::move(front.on_reply);
    const bool is_last = front.next == front.count;
    if (is_last) pending_.pop_front();
    call(index, *reply);
    if (!connection_.IsOpen()) return {};
    if (!is_last) pending_.front().on_reply = std::move(call);
  }
}

}  // namespace keymeter::processor
