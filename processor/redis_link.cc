#include "processor/redis_link.h"

#include <algorithm>
#include <utility>

#include "processor/notify_flags.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kWatchEveryMs = 500;
constexpr std::int64_t kFirstRetryMs = 50;
constexpr std::int64_t kLongestRetryMs = 5000;

/// The value of "name:value\r\n" in an INFO text.
std::string InfoField(std::string_view info, std::string_view name) {
  std::size_t at = 0;
  while (at < info.size()) {
    const std::size_t end = std::min(info.find("\r\n", at), info.size());
    const std::string_view line = info.substr(at, end - at);
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':')
      return std::string(line.substr(name.size() + 1));
    at = end + 2;
  }
  return "";
}

std::string OperatorsLine(std::string_view flags) {
  return fmt::format("run on the Redis server: CONFIG SET notify-keyspace-events {}", flags);
}

}  // namespace

RedisLink::RedisLink(const EventLoop& loop, const Clock& clock, RedisTarget target, Handler handler)
    : clock_(clock),
      target_(std::move(target)),
      handler_(std::move(handler)),
      commands_(loop, clock, {[this] { Greet(); }, nullptr, [this](const Error& why) { Fail(why); }}),
      subscriber_(loop, clock, target_,
                  {[this] { BecomeReady(); }, handler_.on_event, [this](const Error& why) { Fail(why); }}),
      retry_(loop, [this] { Attempt(); }),
      watchdog_(loop, [this] { Watch(); }),
      random_(std::random_device()()) {}

void RedisLink::Start() {
  Attempt();
}

void RedisLink::Stop() {
  phase_ = Phase::kIdle;
  retry_.Stop();
  watchdog_.Stop();
  commands_.Drop();
  subscriber_.Drop();
}

void RedisLink::Fail(const Error& why) {
  if (phase_ == Phase::kIdle) return;
  const bool was_ready = phase_ == Phase::kReady;
  Stop();
  // A session that was cut at once (rights, output buffer) is no reason to hurry.
  const bool was_long = was_ready && clock_.MonotonicMs() - ready_since_ms_ >= kLongestRetryMs;
  retry_delay_ms_ =
      was_long ? kFirstRetryMs : std::clamp(retry_delay_ms_ * 2, kFirstRetryMs, kLongestRetryMs);
  std::uniform_int_distribution<std::int64_t> jittered(retry_delay_ms_ / 2, retry_delay_ms_);
  retry_.StartIn(jittered(random_));
  (was_ready ? handler_.on_lost : handler_.on_unreachable)(why);
}

void RedisLink::Attempt() {
  phase_ = Phase::kConnecting;
  info_ = {};
  watchdog_.StartIn(target_.timeouts.connect_ms);
  commands_.Connect(target_);
}

void RedisLink::Greet() {
  std::string bytes;
  AppendAuth(bytes, target_.url);
  AppendCommand(bytes, {"SELECT", std::to_string(target_.url.database)});
  const bool has_auth = !target_.url.password.empty();
  commands_.Pipeline(bytes, has_auth ? 2 : 1, [this, has_auth](std::size_t i, const Reply& reply) {
    if (!IsError(reply)) return;
    commands_.Close(has_auth && i == 0 ? ErrorOfAuthReply(TextOf(reply)) : ErrorOfReply(TextOf(reply)));
  });
  commands_.Command({"INFO"}, [this](const Reply& reply) { OnInfo(reply); });
}

void RedisLink::OnInfo(const Reply& reply) {
  if (IsError(reply)) {
    // INFO may be forbidden to us; only what else it would have told is missing then.
    if (const Error error = ErrorOfReply(TextOf(reply));
        error.code != ErrorCode::kRefused || !TextOf(reply).starts_with("NOPERM"))
      return commands_.Close(error);
  } else {
    const std::string_view info = TextOf(reply);
    if (InfoField(info, "loading") == "1") return commands_.Close(ErrorOfReply("LOADING"));
    info_.redis_version = InfoField(info, "redis_version");
  }
  if (!target_.subscribe) return BecomeReady();
  commands_.Command({"CONFIG", "GET", "notify-keyspace-events"},
                    [this](const Reply& flags) { OnNotifyFlags(flags); });
}

void RedisLink::OnNotifyFlags(const Reply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 2 || reply.element[1]->str == nullptr) {
    log::Warn("cannot look at notify-keyspace-events",
              {{"reply", IsError(reply) ? TextOf(reply) : "empty"},
               {"if_no_usage_appears", OperatorsLine(kNeededNotifyFlags)}});
    info_.are_events_certain = false;
    return Subscribe();
  }
  const std::string present(TextOf(*reply.element[1]));
  if (WithNeededNotifyFlags(present) == present) return Subscribe();
  AddNotifyFlags(present);
}

void RedisLink::AddNotifyFlags(const std::string& present) {
  const std::string flags = WithNeededNotifyFlags(present);
  commands_.Command(
      {"CONFIG", "SET", "notify-keyspace-events", flags}, [this, present, flags](const Reply& reply) {
        if (IsError(reply)) {
          info_.are_events_certain = false;
          info_.problem = fmt::format("notify-keyspace-events is '{}' and may not be changed by us: {}",
                                      present, OperatorsLine(flags));
          log::Fault("Redis does not announce hash events",
                     {{"reply", TextOf(reply)}, {"remedy", OperatorsLine(flags)}});
        } else {
          log::Info("notify-keyspace-events extended", {{"was", present}, {"is", flags}});
        }
        Subscribe();
      });
}

void RedisLink::Subscribe() {
  subscriber_.Connect();
}

void RedisLink::BecomeReady() {
  phase_ = Phase::kReady;
  ready_since_ms_ = clock_.MonotonicMs();
  watchdog_.StartIn(kWatchEveryMs);
  handler_.on_ready(info_);
}

void RedisLink::Fence(std::function<void()> on_reached) {
  if (!target_.subscribe) return on_reached();
  subscriber_.Fence(std::move(on_reached));
}

void RedisLink::Watch() {
  const RedisTimeouts& limits = target_.timeouts;
  const auto is_over = [this](const char* phase, std::int64_t limit_ms) {
    Fail({ErrorCode::kUnavailable,
          fmt::format("{}: no answer in {} s", phase, static_cast<double>(limit_ms) / 1000)});
  };
  if (phase_ == Phase::kConnecting) return is_over("connect", limits.connect_ms);
  if (commands_.OldestWaitMs() > limits.command_ms) return is_over("command", limits.command_ms);
  if (subscriber_.OldestWaitMs() > limits.silence_ms) return is_over("heartbeat", limits.silence_ms);
  watchdog_.StartIn(kWatchEveryMs);
}

}  // namespace keymeter::processor
