#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>

#include "processor/redis/address_lookup.h"
#include "processor/redis/command_client.h"
#include "processor/redis/redis_errors.h"
#include "processor/redis/redis_target.h"
#include "processor/redis/subscriber.h"
#include "processor/runtime/event_loop.h"
#include "schema/clock.h"

namespace keymeter::processor {

/// What the server said of itself when we connected.
struct SourceInfo {
  std::string redis_version;
  bool are_events_certain = true;  ///< false: flags are missing, or could not be looked at
  std::string problem;         ///< why events may not come although we are subscribed; empty when all is well
  bool is_only_doubt = false;  ///< the flags could not be looked at: events that come disprove the problem
};

/// Both connections to the source, kept up: one for commands, one that is subscribed. They stand and fall
/// together: a session begins when both are ready and every channel is subscribed, and ends when either
/// breaks. A target that takes no events has the first only.
///
/// Threads: loop thread. Lifetime: borrows loop and clock.
/// Bounds: reconnects after 50 ms, doubling to 5 s, each delay jittered by half.
class RedisLink {
 public:
  struct Handler {
    std::function<void(const SourceInfo&)> on_ready;
    std::function<void(const Error&)> on_lost;         ///< of a session that was ready
    std::function<void(const Error&)> on_unreachable;  ///< an attempt failed
    std::function<void(KeyEvent event, std::string_view key)> on_event;
  };

  RedisLink(const EventLoop& loop, const Clock& clock, RedisTarget target, Handler handler);

  void Start();
  void Stop();
  void Fail(const Error& why);  ///< ends the session or the attempt, and tries again
  [[nodiscard]] bool IsReady() const { return phase_ == Phase::kReady; }
  /// Once a second while it runs: a server that answers no more is left. True while the session stands.
  [[nodiscard]] bool Watch();

  CommandClient& commands() { return commands_; }
  /// What Redis calls the subscribed connection; 0: not known.
  [[nodiscard]] std::int64_t subscriber_id() const { return subscriber_.id(); }
  /// Calls when every event that was announced before has been handed on: see Subscriber. At once when no
  /// events are taken.
  void Fence(std::function<void()> on_reached);
  /// Hands on the events that have come by now.
  void TakeWaitingEvents() { subscriber_.TakeWaiting(); }

 private:
  enum class Phase : std::uint8_t { kIdle, kLookingUp, kConnecting, kSubscribing, kReady };

  void Attempt();
  void OnAddresses(const AddressLookup::Answer& addresses);
  void Greet();
  void OnInfo(const Reply& reply);
  void LookAtNotifyFlags();
  void OnNotifyFlags(const Reply& reply);
  void LookWhetherMended();
  void AddNotifyFlags(const std::string& present);
  void Subscribe();
  void BecomeReady();
  void GiveUp(const AwaitedStep& awaited, std::int64_t limit_ms);
  [[nodiscard]] AwaitedStep Awaited() const;

  const Clock& clock_;
  const RedisTarget target_;
  Handler handler_;
  const EventLoop& loop_;
  AddressLookup lookup_;
  CommandClient commands_;
  Subscriber subscriber_;
  Timer retry_;
  Timer connecting_;  ///< what is left of its time
  Phase phase_ = Phase::kIdle;
  SourceInfo info_;
  std::int64_t ready_since_ms_ = 0;
  std::int64_t retry_delay_ms_ = 0;
  int watches_ = 0;  ///< since the flags were looked at
  std::minstd_rand random_;
};

}  // namespace keymeter::processor
