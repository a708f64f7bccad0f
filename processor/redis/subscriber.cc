#include "processor/redis/subscriber.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "processor/redis/redis_errors.h"
#include "processor/redis/resp_commands.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr auto kEventNames = std::to_array<std::string_view>(
    {"hset", "hincrby", "del", "expired", "hincrbyfloat", "evicted", "rename_from", "move_from", "rename_to",
     "move_to", "restore", "copy_to", "hdel", "hexpired"});

std::vector<std::string> ChannelsOf(int database) {
  std::vector<std::string> channels;
  channels.reserve(kEventNames.size());
  for (const std::string_view event : kEventNames)
    channels.push_back(fmt::format("__keyevent@{}__:{}", database, event));
  return channels;
}

/// Whether the error answers CLIENT ID. Then only the metrics of the output buffer are missing.
bool IsOfClientId(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return (IsForbiddenCommand(text) || IsUnknownCommand(text)) && lower.find("client") < lower.size();
}

}  // namespace

std::string_view KeyEventName(KeyEvent event) {
  return kEventNames[static_cast<std::size_t>(event)];
}

Subscriber::Subscriber(const EventLoop& loop, const Clock& clock, const RedisTarget& target, Handler handler)
    : clock_(clock),
      target_(target),
      channels_(ChannelsOf(target_.url.database)),
      handler_(std::move(handler)),
      reader_(channels_, *this),
      connection_(
          loop, target,
          {[this] { OnConnected(); }, [this](std::string_view bytes) { return OnBytes(bytes); },
           [this](const Error& why) { handler_.on_closed(why); }, [this] { return RestMs(); }, false}) {}

void Subscriber::Connect(const SocketAddress& address) {
  Drop();
  reader_.Reset();
  awaiting_ = target_.url.HasCredentials() ? Awaiting::kAuth : Awaiting::kClientId;
  id_ = 0;
  subscribed_ = 0;
  refused_events_.clear();
  refused_.reset();
  connection_.Connect({address});
}

void Subscriber::Drop() {
  connection_.Drop();
  fences_.clear();
}

void Subscriber::OnConnected() {
  std::string bytes;
  AppendAuth(bytes, target_.url);
  AppendCommand(bytes, {"CLIENT", "ID"});
  AppendCommandHeader(bytes, kNeededKeyEvents + 1);
  AppendArgument(bytes, "SUBSCRIBE");
  for (std::size_t i = 0; i < kNeededKeyEvents; ++i) AppendArgument(bytes, channels_[i]);
  for (std::size_t i = kNeededKeyEvents; i < channels_.size(); ++i)
    AppendCommand(bytes, {"SUBSCRIBE", channels_[i]});
  connection_.Send(bytes);
}

Status Subscriber::OnBytes(std::string_view bytes) {
  heard_.bytes += bytes.size();
  RETURN_IF_ERROR(reader_.Feed(bytes));
  if (refused_) return Fail(*refused_);
  return {};
}

std::int64_t Subscriber::RestMs() {
  ReadPause heard = std::exchange(heard_, {});
  heard.is_awaited = !fences_.empty();
  return heard.Ms(clock_.WallMs());
}

void Subscriber::OnMessage(std::size_t channel, std::string_view payload) {
  if (channel >= Answered()) return Refuse("a message of a channel that is not confirmed");
  ++heard_.messages;
  handler_.on_event(static_cast<KeyEvent>(channel), payload);
}

/// Nobody names a key so; but where it is a counter's, it is not metered by this event.
void Subscriber::OnLongMessage(std::size_t channel) {
  if (channel >= Answered()) return Refuse("a message of a channel that is not confirmed");
  ++heard_.messages;
  if (std::exchange(has_left_out_, true)) return;
  log::Warn("event left out", {{"reason", "the key's name is longer than 1 MB"}});
}

void Subscriber::OnSubscribed(std::size_t channel) {
  if (awaiting_ != Awaiting::kSubscribed || channel != Answered()) return Refuse("a confirmation");
  ++subscribed_;
  OnChannelAnswered();
}

void Subscriber::OnChannelAnswered() {
  if (Answered() < channels_.size()) return;
  awaiting_ = Awaiting::kNothing;
  handler_.on_subscribed();
}

void Subscriber::OnStatus() {
  if (awaiting_ != Awaiting::kAuth) return Refuse("a status");
  awaiting_ = Awaiting::kClientId;
}

void Subscriber::OnClientId(std::int64_t id) {
  if (awaiting_ != Awaiting::kClientId) return Refuse("a number");
  awaiting_ = Awaiting::kSubscribed;
  id_ = id;
}

void Subscriber::OnError(std::string_view text) {
  if (refused_) return;
  if (awaiting_ == Awaiting::kClientId && IsOfClientId(text)) {
    awaiting_ = Awaiting::kSubscribed;
    return;
  }
  const bool is_of_rare_channel = awaiting_ == Awaiting::kSubscribed && Answered() >= kNeededKeyEvents;
  if (is_of_rare_channel && ConcernsOnlyItsKey(text)) {
    refused_events_.push_back(static_cast<KeyEvent>(Answered()));
    return OnChannelAnswered();
  }
  const bool may_be_of_auth = target_.url.HasCredentials() && subscribed_ == 0;
  refused_ = may_be_of_auth ? ErrorOfAuthReply(text) : ErrorOfReply(text);
}

void Subscriber::Refuse(std::string_view what) {
  if (!refused_)
    refused_ = MakeError(ErrorCode::kCorrupt, "replies out of step: {} that nobody awaits", what);
}

void Subscriber::Fence(std::function<void()> on_reached) {
  fences_.push_back({clock_.MonotonicMs(), Nonce::Fresh(), std::move(on_reached)});
  std::string bytes;
  AppendCommand(bytes, {"PING", fences_.back().nonce.text()});
  connection_.Send(bytes);
  connection_.EndRest();
}

void Subscriber::OnPong(std::string_view text) {
  if (refused_) return;
  if (fences_.empty() || text != fences_.front().nonce.text()) return Refuse("a pong");
  const auto reached = std::move(fences_.front().on_reached);
  fences_.pop_front();
  reached();
}

std::int64_t Subscriber::OldestWaitMs() const {
  return fences_.empty() ? 0 : clock_.MonotonicMs() - fences_.front().sent_ms;
}

}  // namespace keymeter::processor
