#pragma once

#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

#include "benchmarks/relay_load/options.h"
#include "benchmarks/relay_load/population.h"
#include "benchmarks/relay_load/redis_pipe.h"
#include "benchmarks/relay_load/resp_writer.h"
#include "benchmarks/relay_load/tally.h"
#include "benchmarks/relay_load/traffic.h"

namespace keymeter::relay_load {

/// One run: entities, history, live traffic. The shell around the pure parts: it knows the clock and the
/// connection.
///
/// Threads: one owner. Lifetime: borrows all its arguments; `stop` may be raised by a signal handler.
class LoadRun {
 public:
  LoadRun(const Options& options, const Population& population, RedisPipe& pipe,
          const volatile std::sig_atomic_t& stop);

  /// Returns when all is written and answered, or at the request after `stop`.
  Status Run();

  [[nodiscard]] nlohmann::ordered_json Report() const;

 private:
  using MonotonicNs = std::int64_t;

  Status WriteEntities();
  Status WriteHistory();
  Status WriteHistoryHour(std::int64_t hour_start, std::int64_t hours_ago);
  /// What happens in a demo: between history and live traffic; after the `number`-th live request.
  Status WriteDemoState();
  void AppendDemoEvent(const Request& request, std::uint64_t number);
  Status WriteLive();
  Status WriteRequest(const Request& request);
  Status SendAll();
  Status SendInParts();
  Status WaitUntil(MonotonicNs due);
  void ShowProgress(MonotonicNs now, bool is_last);

  [[nodiscard]] bool IsDone(MonotonicNs now) const;
  [[nodiscard]] std::int64_t NowMs() const;  ///< of the pretended clock
  [[nodiscard]] static MonotonicNs Monotonic();

  const Options& options_;
  const Population& population_;
  RedisPipe& pipe_;
  const volatile std::sig_atomic_t& stop_;
  const std::int64_t clock_shift_ms_;  // pretended minus real time
  const bool is_progress_shown_;

  RespWriter writer_;
  Traffic traffic_;
  Random history_times_;
  Tally tally_;
  std::vector<std::string> near_limits_;  ///< of a demo, by the number of the key
  std::uint64_t commands_ = 0;
  std::uint64_t history_requests_ = 0;
  std::uint64_t live_requests_ = 0;
  MonotonicNs live_began_ = 0;
  MonotonicNs live_took_ = 0;
  MonotonicNs progress_shown_at_ = 0;
  std::uint64_t progress_requests_ = 0;
};

}  // namespace keymeter::relay_load
