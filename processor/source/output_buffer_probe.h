#pragma once

#include <cstdint>
#include <string>

#include "processor/redis/output_buffer.h"
#include "processor/redis/redis_link.h"
#include "processor/source/source_figures.h"
#include "schema/error.h"

namespace keymeter::processor {

/// Watches how close Redis is to closing our subscribed connection because we read too slowly: how much waits
/// there for it, looked at every ten seconds, and the limits, once. Where the ACL forbids to look, it goes
/// without.
///
/// Threads: loop thread. Lifetime: one session; borrows the link. Bounds: one CLIENT LIST each ten seconds.
class OutputBufferProbe {
 public:
  explicit OutputBufferProbe(RedisLink& link) : link_(link) {}

  /// The session is up. `now_us`, here and below: by SteadyUs.
  void Begin(std::int64_t now_us);
  void OnSecond(std::int64_t now_us);
  /// For an error that ended the session: why Redis may have closed the connection for its output buffer, to
  /// be appended to the error's text; empty when nothing says so.
  [[nodiscard]] std::string Suspicion(const Error& why, std::int64_t now_us) const;
  [[nodiscard]] const OutputBufferFigures& figures() const { return figures_; }

 private:
  void AskForLimit();
  void Look();
  void OnClients(const Reply& reply);
  [[nodiscard]] std::int64_t LatestStallUs(std::int64_t now_us) const;

  RedisLink& link_;
  OutputBufferFigures figures_;
  bool may_look_ = false;
  bool filters_by_id_ = true;  ///< Redis 6.2 and later
  int seconds_ = 0;
  std::int64_t last_second_us_ = 0;
  std::int64_t stall_us_ = 0;      ///< the latest time for which we did not read, …
  std::int64_t stall_end_us_ = 0;  ///< … and when it ended
};

}  // namespace keymeter::processor
