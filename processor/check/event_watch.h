#pragma once

#include <optional>

#include "processor/check/facts.h"
#include "processor/redis/subscriber.h"
#include "schema/clock.h"
#include "schema/event_loop.h"

namespace keymeter::check {

/// Subscribes as metering does, and counts the events.
///
/// Not for metering: events are only counted. Threads: loop thread only. Lifetime: borrows loop, clock and
/// target. Bounds: Finish takes at most `limit_ms`. Tested by tests/integration/check_faults_test.cc.
class EventWatch {
 public:
  EventWatch(const EventLoop& loop, const Clock& clock, const processor::RedisTarget& target);

  void Start(const processor::SocketAddress& address) { subscriber_.Connect(address); }
  /// Listens until `listen_ms` after the subscription, at most `limit_ms` from now.
  void Finish(std::int64_t listen_ms, std::int64_t limit_ms, SourceFacts& into);

 private:
  [[nodiscard]] std::int64_t ListenedMs() const;

  const EventLoop& loop_;
  const Clock& clock_;
  const std::size_t channel_bytes_;  ///< size of a message without its key
  std::optional<std::int64_t> subscribed_ms_;
  std::optional<Error> error_;
  EventSample sample_;
  processor::Subscriber subscriber_;
};

}  // namespace keymeter::check
