#include "processor/subscriber.h"

#include <utility>

#include <fmt/format.h>

namespace keymeter::processor {

namespace {

std::vector<std::string> ChannelsOf(int database) {
  std::vector<std::string> channels;
  for (const char* event : {"hset", "hincrby", "del", "expired"})
    channels.push_back(fmt::format("__keyevent@{}__:{}", database, event));
  return channels;
}

}  // namespace

void AppendAuth(std::string& out, const RedisUrl& url) {
  if (url.password.empty()) return;
  if (url.user.empty()) return AppendCommand(out, {"AUTH", url.password});
  AppendCommand(out, {"AUTH", url.user, url.password});
}

Error ErrorOfReply(std::string_view text) {
  const auto begins = [&](std::string_view word) { return text.starts_with(word); };
  if (begins("LOADING")) return {ErrorCode::kUnavailable, "Redis is loading its data set; waiting"};
  if (begins("NOAUTH"))
    return {ErrorCode::kRefused,
            "Redis wants a password: put it into the URL, redis://:PASSWORD@host, or into "
            "KEYMETER_REDIS_PASSWORD"};
  if (begins("WRONGPASS") || begins("ERR invalid password"))
    return {ErrorCode::kRefused,
            "Redis refused the user or the password: check --redis and KEYMETER_REDIS_PASSWORD"};
  if (begins("ERR AUTH") || begins("ERR Client sent AUTH"))
    return {ErrorCode::kRefused, "Redis has no password set, but one was given: leave it out of --redis"};
  if (begins("NOPERM")) return {ErrorCode::kRefused, fmt::format("the Redis user lacks a right: {}", text)};
  if (begins("DENIED"))
    return {ErrorCode::kRefused, "Redis is in protected mode: it takes clients of its own machine only"};
  // "ERR unknown command 'X', with args beginning with: …" repeats what was sent.
  return {ErrorCode::kUnavailable, fmt::format("Redis says: {}", text.substr(0, text.find(", with args")))};
}

Error ErrorOfAuthReply(std::string_view text) {
  for (std::string_view known : {"LOADING", "NOAUTH", "WRONGPASS", "ERR invalid password", "ERR AUTH",
                                 "ERR Client sent AUTH", "NOPERM", "DENIED"})
    if (text.starts_with(known)) return ErrorOfReply(text);
  return {ErrorCode::kRefused,
          "Redis does not take AUTH: check the user and the password of --redis, or leave them out"};
}

bool ConcernsOnlyItsKey(std::string_view text) {
  return text.starts_with("WRONGTYPE") || text.starts_with("NOPERM");
}

Subscriber::Subscriber(const EventLoop& loop, const Clock& clock, RedisTarget target, Handler handler)
    : clock_(clock),
      target_(std::move(target)),
      channels_(ChannelsOf(target_.url.database)),
      handler_(std::move(handler)),
      reader_(channels_, *this),
      connection_(loop, {[this] { OnConnected(); }, [this](std::string_view bytes) { return OnBytes(bytes); },
                         [this](const Error& why) { handler_.on_closed(why); }}) {}

void Subscriber::Connect() {
  Drop();
  reader_.Reset();
  subscribed_ = 0;
  refused_.reset();
  connection_.Connect(target_);
}

void Subscriber::Drop() {
  connection_.Drop();
  fences_.clear();
}

void Subscriber::OnConnected() {
  std::string bytes;
  AppendAuth(bytes, target_.url);
  AppendCommandHeader(bytes, channels_.size() + 1);
  AppendArgument(bytes, "SUBSCRIBE");
  for (const std::string& channel : channels_) AppendArgument(bytes, channel);
  connection_.Send(bytes);
}

Status Subscriber::OnBytes(std::string_view bytes) {
  if (auto fed = reader_.Feed(bytes); !fed) return fed;
  if (refused_) return Fail(*refused_);
  return {};
}

void Subscriber::OnMessage(std::size_t channel, std::string_view payload) {
  handler_.on_event(static_cast<KeyEvent>(channel), payload);
}

void Subscriber::OnSubscribed() {
  if (++subscribed_ == channels_.size()) handler_.on_subscribed();
}

void Subscriber::OnError(std::string_view text) {
  if (refused_) return;
  const bool may_be_of_auth = !target_.url.password.empty() && subscribed_ == 0;
  refused_ = may_be_of_auth ? ErrorOfAuthReply(text) : ErrorOfReply(text);
}

void Subscriber::Fence(std::function<void()> on_reached) {
  std::string bytes;
  AppendCommand(bytes, {"PING"});
  fences_.push_back({clock_.MonotonicMs(), std::move(on_reached)});
  connection_.Send(bytes);
}

void Subscriber::OnPong() {
  if (fences_.empty()) return;
  const auto reached = std::move(fences_.front().on_reached);
  fences_.pop_front();
  reached();
}

std::int64_t Subscriber::OldestWaitMs() const {
  return fences_.empty() ? 0 : clock_.MonotonicMs() - fences_.front().sent_ms;
}

}  // namespace keymeter::processor
