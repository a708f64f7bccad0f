#pragma once

#include <optional>

#include "processor/check/facts.h"
#include "processor/redis/subscriber.h"
#include "processor/runtime/event_loop.h"
#include "schema/clock.h"

namespace keymeter::check {

/// Subscribes as metering does, and counts what comes.
///
/// Threads: the loop's. Lifetime: borrows all that it is given.
class EventWatch {
 public:
  EventWatch(const processor::EventLoop& loop, const Clock& clock, const processor::RedisTarget& target);

  void Start(const processor::SocketAddress& address) { subscriber_.Connect(address); }
  /// Listens until `listen_ms` after it was subscribed, `limit_ms` from now at most.
  void Finish(std::int64_t listen_ms, std::int64_t limit_ms, SourceFacts& into);

 private:
  [[nodiscard]] std::int64_t ListenedMs() const;

  const processor::EventLoop& loop_;
  const Clock& clock_;
  const std::size_t channel_bytes_;  ///< of a message, besides its key
  std::optional<std::int64_t> subscribed_ms_;
  std::optional<Error> error_;
  EventSample sample_;
  processor::Subscriber subscriber_;
};

}  // namespace keymeter::check
