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
#include "schema/clock.h"
#include "schema/event_loop.h"

namespace keymeter::processor {

/// What the server said of itself when we connected.
struct SourceInfo {
  std::string redis_version;       ///< empty: not known
  bool are_events_certain = true;  ///< false: flags are missing, or could not be read
  std::string problem;         ///< why events may be missing although we are subscribed; empty: none known
  bool is_only_doubt = false;  ///< the flags could not be read: the first event disproves the problem
};

/// Keeps both connections to the source up: one for commands, one that is subscribed.
///
/// They begin and end together: a session begins when both are ready and every channel is subscribed, and
/// ends when either breaks; then both are made anew. A target that takes no events (`--poll`) has the first
/// only.
/// Threads: loop thread. Lifetime: borrows loop and clock; its handler may call Fail, but not destroy it.
/// Bounds: reconnects after 50 ms, doubling up to 5 s; each delay is shortened by a random part, up to half.
///
/// Tested by tests/integration/transport_test.cc, source_faults_test.cc and permissions_test.cc.
class RedisLink {
 public:
  struct Handler {
    std::function<void(const SourceInfo&)> on_ready;
    std::function<void(const Error&)> on_lost;         ///< a session that was ready has ended
    std::function<void(const Error&)> on_unreachable;  ///< an attempt to begin one has failed
    std::function<void(KeyEvent event, std::string_view key)> on_event;
  };

  RedisLink(const EventLoop& loop, const Clock& clock, RedisTarget target, Handler handler);

  void Start();
  void Stop();
  void Fail(const Error& why);  ///< ends the session or the attempt, and tries again later
  [[nodiscard]] bool IsReady() const { return phase_ == Phase::kReady; }
  /// To be called once a second: ends the session with a server that no longer answers. True while the
  /// session stands.
  [[nodiscard]] bool Watch();

  CommandClient& commands() { return commands_; }
  /// Redis' number of the subscribed connection (CLIENT ID); 0: not known.
  [[nodiscard]] std::int64_t subscriber_id() const { return subscriber_.id(); }
  /// Calls `on_reached` when every event that was announced before this call has been handed on: see
  /// Subscriber. At once when no events are taken.
  void Fence(std::function<void()> on_reached);
  /// Hands on the events that have arrived by now.
  void TakeWaitingEvents() { subscriber_.TakeWaiting(); }

 private:
  enum class Phase : std::uint8_t { kIdle, kLookingUp, kConnecting, kSubscribing, kReady };

  void Attempt();
  void OnAddresses(const AddressLookup::Answer& addresses);
  void Greet();
  void OnInfo(const Reply& reply);
  void LookAtNotifyFlags();
  void OnNotifyFlags(const Reply& reply);
  void LookWhetherFlagsWereSet();
  void AddNotifyFlags(const std::string& present, std::string_view wanted);
  void OnFlagsRefused(const std::string& present, std::string_view wanted, std::string_view why);
  void Subscribe();
  void BecomeReady();
  void OnSubscribed();
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
  Timer connecting_;  ///< until the attempt is given up
  Phase phase_ = Phase::kIdle;
  SourceInfo info_;
  std::int64_t ready_since_ms_ = 0;
  std::int64_t retry_delay_ms_ = 0;
  int watches_ = 0;  ///< since the flags were last looked at
  std::minstd_rand random_;
};

}  // namespace keymeter::processor
