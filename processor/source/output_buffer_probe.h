#pragma once

#include <cstdint>
#include <string>

#include "processor/redis/output_buffer.h"
#include "processor/redis/redis_link.h"
#include "processor/runtime/metrics_snapshot.h"
#include "schema/error.h"

namespace keymeter::processor {

/// How far Redis is from cutting our subscribed connection off, for the metrics page: what waits for it
/// there, looked at every ten seconds, and the limit, once a session. Where we may not look it does without.
///
/// Threads: loop thread. Lifetime: borrows both.
class OutputBufferProbe {
 public:
  OutputBufferProbe(RedisLink& link, MetricsSnapshot& metrics) : link_(link), metrics_(metrics) {}

  void BeginSession();
  void OnSecond();  ///< of a session
  /// What speaks for it that the session was ended for its output buffer, to be put behind `why`; empty when
  /// nothing does.
  [[nodiscard]] std::string Suspicion(const Error& why) const;
  void EndSession();

 private:
  void AskForLimit();
  void Look();
  void OnClients(const Reply& reply);

  RedisLink& link_;
  MetricsSnapshot& metrics_;
  BufferLimit limit_;
  bool may_look_ = false;
  bool filters_by_id_ = true;  ///< Redis 6.2 and later
  bool has_told_ = false;
  int seconds_ = 0;
  std::int64_t last_second_us_ = 0;
  std::int64_t stall_us_ = 0;  ///< the latest time in which we did not read, …
  std::int64_t stall_end_us_ = 0;
};

}  // namespace keymeter::processor
