#include "processor/redis/redis_link.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "processor/redis/data_set.h"
#include "processor/redis/notify_flags.h"
#include "processor/redis/reply_shapes.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr int kWatchesToALook = 2;  ///< seconds between looks whether an operator has set the missing flags
constexpr std::size_t kLongestVersion = 64;  ///< bytes; a server may say anything
constexpr std::int64_t kFirstRetryMs = 50;
constexpr std::int64_t kLongestRetryMs = 5000;

std::string OperatorsLine(std::string_view flags) {
  return fmt::format("run on the Redis server: CONFIG SET notify-keyspace-events {}", flags);
}

constexpr std::string_view kFlagsSetting = "notify-keyspace-events";

/// The value in the reply to CONFIG GET; empty when we may not read it.
std::optional<std::string> FlagsOf(const Reply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 2 || TextOf(*reply.element[0]) != kFlagsSetting)
    return std::nullopt;
  return std::string(TextOf(*reply.element[1]));
}

}  // namespace

RedisLink::RedisLink(const EventLoop& loop, const Clock& clock, RedisTarget target, Handler handler)
    : clock_(clock),
      target_(std::move(target)),
      handler_(std::move(handler)),
      loop_(loop),
      lookup_(loop, target_.url, [this](const AddressLookup::Answer& addresses) { OnAddresses(addresses); }),
      commands_(loop, clock, target_,
                {[this] { Greet(); }, nullptr, [this](const Error& why) { Fail(why); }}),
      subscriber_(loop, clock, target_,
                  {[this] { OnSubscribed(); }, handler_.on_event, [this](const Error& why) { Fail(why); }}),
      retry_(loop, [this] { Attempt(); }),
      connecting_(loop, [this] { GiveUp(Awaited(), target_.timeouts.connect_ms); }),
      random_(std::random_device()()) {}

void RedisLink::Start() {
  loop_.AssertInLoopThread("RedisLink::Start");
  Attempt();
}

void RedisLink::Stop() {
  loop_.AssertInLoopThread("RedisLink::Stop");
  phase_ = Phase::kIdle;
  retry_.Stop();
  connecting_.Stop();
  lookup_.Cancel();
  commands_.Drop();
  subscriber_.Drop();
}

void RedisLink::Fail(const Error& why) {
  loop_.AssertInLoopThread("RedisLink::Fail");
  if (phase_ == Phase::kIdle) return;
  const bool was_ready = phase_ == Phase::kReady;
  Stop();
  // A session that ended at once (rights, output buffer) would end at once again: the delay goes on doubling.
  const bool was_long = was_ready && clock_.MonotonicMs() - ready_since_ms_ >= kLongestRetryMs;
  retry_delay_ms_ =
      was_long ? kFirstRetryMs : std::clamp(retry_delay_ms_ * 2, kFirstRetryMs, kLongestRetryMs);
  std::uniform_int_distribution<std::int64_t> jittered(retry_delay_ms_ / 2, retry_delay_ms_);
  retry_.StartIn(jittered(random_));
  (was_ready ? handler_.on_lost : handler_.on_unreachable)(why);
}

void RedisLink::Attempt() {
  phase_ = Phase::kLookingUp;
  info_ = {};
  connecting_.StartIn(target_.timeouts.connect_ms);
  lookup_.Start();
}

void RedisLink::OnAddresses(const AddressLookup::Answer& addresses) {
  if (!addresses) return Fail(addresses.error());
  phase_ = Phase::kConnecting;
  commands_.Connect(*addresses);
}

void RedisLink::Greet() {
  const RedisUrl& url = target_.url;
  const CommandClient::OneBatch batch(commands_);
  std::string bytes;
  AppendAuth(bytes, url);
  if (url.HasCredentials())
    commands_.Pipeline(
        bytes, 1,
        [this](std::size_t, const Reply& reply) {
          if (IsError(reply)) commands_.Close(ErrorOfAuthReply(TextOf(reply)));
        },
        [](std::size_t, const Reply& reply) { return CheckOk(reply); });
  if (url.database != 0)
    commands_.Command(
        {"SELECT", std::to_string(url.database)},
        [this](const Reply& reply) {
          if (IsError(reply)) commands_.Close(ErrorOfSelectReply(TextOf(reply), target_.url.database));
        },
        CheckOk);
  commands_.Command(
      {"INFO"}, [this](const Reply& reply) { OnInfo(reply); }, CheckInfo);
}

void RedisLink::OnInfo(const Reply& reply) {
  const std::string_view text = TextOf(reply);
  if (!IsError(reply)) {
    if (InfoField(text, "loading") == "1") return commands_.Close(ErrorOfReply("LOADING"));
    info_.redis_version = InfoField(text, "redis_version").substr(0, kLongestVersion);
  }
  // Where INFO is forbidden, we only lack what it would have told.
  target_.subscribe ? LookAtNotifyFlags() : BecomeReady();
}

void RedisLink::LookAtNotifyFlags() {
  commands_.Command(
      {"CONFIG", "GET", kFlagsSetting}, [this](const Reply& flags) { OnNotifyFlags(flags); }, CheckSetting);
}

void RedisLink::OnNotifyFlags(const Reply& reply) {
  const auto present = FlagsOf(reply);
  if (present && HasNotifyFlags(*present, kWantedNotifyFlags)) return Subscribe();
  if (present) return AddNotifyFlags(*present, kWantedNotifyFlags);
  // Some managed services, or an ACL, forbid CONFIG. The flags may well be right.
  info_.are_events_certain = false;
  info_.is_only_doubt = true;
  info_.problem = fmt::format("we may not read notify-keyspace-events: if no usage appears, {}",
                              OperatorsLine(kWantedNotifyFlags));
  log::Warn("cannot read notify-keyspace-events",
            {{"reply", IsError(reply) ? TextOf(reply) : "empty"},
             {"remedy", "if no usage appears: " + OperatorsLine(kWantedNotifyFlags)}});
  Subscribe();
}

void RedisLink::AddNotifyFlags(const std::string& present, std::string_view wanted) {
  const std::string flags = WithNotifyFlags(present, wanted);
  commands_.Command(
      {"CONFIG", "SET", kFlagsSetting, flags},
      [this, present, wanted, flags](const Reply& reply) {
        if (IsError(reply)) return OnFlagsRefused(present, wanted, TextOf(reply));
        log::Info("missing flags added to notify-keyspace-events", {{"before", present}, {"after", flags}});
        Subscribe();
      },
      CheckOk);
}

void RedisLink::OnFlagsRefused(const std::string& present, std::string_view wanted, std::string_view why) {
  const std::string line = OperatorsLine(WithNotifyFlags(present));
  if (HasNotifyFlags(present, kNeededNotifyFlags)) {
    log::Warn(
        "evictions are not announced",
        {{"reason", why}, {"next", "a counter that Redis evicts falls without a reason"}, {"remedy", line}});
    return Subscribe();
  }
  // A server may know fewer classes of events than we would like to have.
  if (wanted != kNeededNotifyFlags) return AddNotifyFlags(present, kNeededNotifyFlags);
  info_.are_events_certain = false;
  info_.problem = fmt::format("notify-keyspace-events is '{}' and we may not change it: {}", present, line);
  log::Fault("Redis does not announce hash events", {{"reply", why}, {"remedy", line}});
  Subscribe();
}

/// An operator may set the flags while we run; no event announces it.
void RedisLink::LookWhetherFlagsWereSet() {
  watches_ = 0;
  const auto on_reply = [this](const Reply& reply) {
    const auto present = FlagsOf(reply);
    if (present && HasNotifyFlags(*present, kNeededNotifyFlags))
      Fail({ErrorCode::kUnavailable, "notify-keyspace-events was set: a new session begins"});
  };
  commands_.Command({"CONFIG", "GET", kFlagsSetting}, on_reply, CheckSetting);
}

void RedisLink::Subscribe() {
  phase_ = Phase::kSubscribing;
  // To the same server that answers our commands: a name may have several addresses.
  subscriber_.Connect(commands_.peer());
}

void RedisLink::OnSubscribed() {
  std::string refused;
  for (const KeyEvent event : subscriber_.refused())
    refused += fmt::format("{}{}", refused.empty() ? "" : " ", KeyEventName(event));
  if (!refused.empty())
    log::Warn("our user may not subscribe to some channels",
              {{"events", refused},
               {"next", "counters that end so fall without a reason"},
               {"remedy", "ACL SETUSER <our user> &__keyevent@*"}});
  BecomeReady();
}

void RedisLink::BecomeReady() {
  phase_ = Phase::kReady;
  ready_since_ms_ = clock_.MonotonicMs();
  connecting_.Stop();
  handler_.on_ready(info_);
}

void RedisLink::Fence(std::function<void()> on_reached) {
  if (!target_.subscribe) return on_reached();
  subscriber_.Fence(std::move(on_reached));
}

AwaitedStep RedisLink::Awaited() const {
  if (phase_ == Phase::kLookingUp) return {"the look-up of its host's name"};
  return phase_ == Phase::kConnecting ? commands_.Awaited() : subscriber_.Awaited();
}

void RedisLink::GiveUp(const AwaitedStep& awaited, std::int64_t limit_ms) {
  Fail(MakeError(ErrorCode::kUnavailable, "no answer in {} s: waited for {}",
                 static_cast<double>(limit_ms) / 1000, awaited.what)
           .Because(ErrorReason::kTimedOut)
           .Remedy(std::string(awaited.remedy)));
}

bool RedisLink::Watch() {
  if (phase_ != Phase::kReady) return false;
  const RedisTimeouts& limits = target_.timeouts;
  if (commands_.OldestWaitMs() > limits.command_ms) {
    GiveUp({"a command"}, limits.command_ms);
  } else if (subscriber_.OldestWaitMs() > limits.silence_ms) {
    GiveUp({"a heartbeat"}, limits.silence_ms);
  } else {
    const bool lacks_flags = !info_.problem.empty() && !info_.is_only_doubt;
    if (lacks_flags && ++watches_ >= kWatchesToALook) LookWhetherFlagsWereSet();
  }
  return phase_ == Phase::kReady;
}

}  // namespace keymeter::processor
