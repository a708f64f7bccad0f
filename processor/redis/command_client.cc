#include "processor/redis/command_client.h"

#include <utility>

#include "processor/redis/redis_errors.h"

namespace keymeter::processor {

namespace {

Status OutOfStep(std::string_view what) {
  return Fail(ErrorCode::kCorrupt, "replies out of step: {}", what);
}

}  // namespace

CommandClient::CommandClient(const EventLoop& loop, const Clock& clock, const RedisTarget& target,
                             RedisConnection::Handler handler)
    : clock_(clock),
      connection_(
          loop, target,
          {std::move(handler.on_connected), [this](std::string_view bytes) { return OnBytes(bytes); },
           [this, closed = std::move(handler.on_closed)](const Error& why) { closed(WhyClosed(why)); }}) {}

void CommandClient::Connect(std::vector<SocketAddress> addresses) {
  Drop();
  reader_.Reset();
  connection_.Connect(std::move(addresses));
}

void CommandClient::Drop() {
  connection_.Drop();
  batches_.clear();
  parts_.clear();
  is_batch_open_ = false;
  if (is_handing_out_) return;  // the replies go when the last of them has been taken
  held_.clear();
  reader_.Release();
}

void CommandClient::Command(std::initializer_list<std::string_view> arguments,
                            std::function<void(const Reply&)> on_reply, Status (*check)(const Reply&)) {
  std::string bytes;
  AppendCommand(bytes, arguments);
  Pipeline(
      bytes, 1, [call = std::move(on_reply)](std::size_t, const Reply& reply) { call(reply); },
      check == nullptr ? Check() : [check](std::size_t, const Reply& reply) { return check(reply); });
}

void CommandClient::Pipeline(std::string_view commands, std::size_t count, OnReply on_reply, Check check) {
  if (count > 0) Ask(commands, {count, std::move(on_reply), std::move(check)});
}

void CommandClient::Fence(std::function<void()> on_answered) {
  Ask("", {0, [call = std::move(on_answered)](std::size_t, const Reply&) { call(); }, nullptr});
}

void CommandClient::Ask(std::string_view commands, Part part) {
  if (!std::exchange(is_batch_open_, true)) batches_.push_back({clock_.MonotonicMs()});
  ++batches_.back().parts;
  batches_.back().replies += part.count;
  parts_.push_back(std::move(part));
  if (!commands.empty()) connection_.Send(commands);
  if (!is_collecting_) SendNonce();
}

void CommandClient::EndCollecting() {
  is_collecting_ = false;
  if (is_batch_open_) SendNonce();
}

void CommandClient::SendNonce() {
  is_batch_open_ = false;
  batches_.back().nonce = Nonce::Fresh();
  std::string ping;
  AppendCommand(ping, {"PING", batches_.back().nonce.text()});
  connection_.Send(ping);
}

std::int64_t CommandClient::OldestWaitMs() const {
  return batches_.empty() ? 0 : clock_.MonotonicMs() - batches_.front().sent_ms;
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
    RETURN_IF_ERROR(TakeReply(*reply));
    if (!connection_.IsOpen()) return {};
  }
}

Status CommandClient::TakeReply(const Reply& reply) {
  if (batches_.empty()) return OutOfStep("a reply to no command");
  const Batch& batch = batches_.front();
  const bool is_nonce = reply.type == REDIS_REPLY_STRING && TextOf(reply) == batch.nonce.text();
  const bool is_last = held_.size() == batch.replies;
  held_.push_back(&reply);
  if (!is_last && is_nonce) return OutOfStep("fewer than commands");
  if (!is_last) return {};
  const bool is_refused = IsError(reply);
  if (!is_nonce && !is_refused) return OutOfStep("others than were asked for");
  if (!is_refused) RETURN_IF_ERROR(CheckHeld());
  const Error refusal = is_refused ? ErrorOfReply(TextOf(reply)) : Error();
  HandOut(is_refused);
  if (is_refused && connection_.IsOpen()) return Fail(refusal);
  return {};
}

Status CommandClient::CheckHeld() const {
  std::size_t at = 0;
  for (std::size_t part = 0; part < batches_.front().parts; ++part) {
    for (std::size_t i = 0; i < parts_[part].count; ++i, ++at)
      if (parts_[part].check) RETURN_IF_ERROR(parts_[part].check(i, *held_[at]));
  }
  return {};
}

/// A callback may ask further questions, or close the connection, which ends the handing out.
void CommandClient::HandOut(bool only_errors) {
  std::size_t parts = batches_.front().parts;
  batches_.pop_front();
  is_handing_out_ = true;
  const Reply* const* reply = held_.data();
  for (; parts > 0 && connection_.IsOpen(); --parts) {
    const Part part = std::move(parts_.front());
    parts_.pop_front();
    if (part.count == 0 && !only_errors) part.on_reply(0, *held_.back());
    for (std::size_t i = 0; i < part.count && connection_.IsOpen(); ++i, ++reply) {
      if (only_errors && !IsError(**reply)) continue;
      const Status fits = only_errors && part.check ? part.check(i, **reply) : Status();
      fits ? part.on_reply(i, **reply) : Close(fits.error());
    }
  }
  is_handing_out_ = false;
  held_.clear();
  reader_.Release();
}

/// A server that has no room for us says so unasked, and closes.
Error CommandClient::WhyClosed(const Error& why) const {
  const bool is_lost = why.reason == ErrorReason::kConnectionLost;
  if (is_handing_out_ || !is_lost || held_.empty() || !IsError(*held_.front())) return why;
  const std::string_view text = TextOf(*held_.front());
  return ConcernsOnlyItsKey(text) ? why : ErrorOfReply(text);
}

}  // namespace keymeter::processor
