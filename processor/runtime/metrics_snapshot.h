#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace keymeter::processor {

/// How the processor is doing, for the metrics page and the probes. Written by the loop thread, read by any.
struct MetricsSnapshot {
  std::atomic<std::int64_t> loop_beat_ms{0};     ///< monotonic; renewed each second
  std::atomic<std::int64_t> loop_longest_us{0};  ///< of the callbacks of this minute and the one before
  std::atomic<bool> is_connected{false};
  std::atomic<bool> was_subscribed{false};  ///< at least once
  std::atomic<bool> is_baseline_read{false};
  std::atomic<bool> is_history_read{
      false};                           ///< and the days and months beyond the relay's hours, and written
  std::atomic<bool> is_writable{true};  ///< the last flush succeeded

  std::atomic<std::int64_t> events{0};          ///< all that were received
  std::atomic<std::int64_t> metered_events{0};  ///< of counters
  std::atomic<std::int64_t> readings{0};
  std::atomic<std::int64_t> skipped_values{0};
  std::atomic<std::int64_t> refused_series{0};
  std::atomic<std::int64_t> sessions{0};
  std::atomic<std::int64_t> unannounced{0};  ///< counters that were found grown without an event
  std::atomic<std::int64_t> audits{0};       ///< that came to their end
  std::atomic<std::int64_t> drift{0};        ///< values that differ beyond adjustments, as the file says
  std::atomic<std::int64_t> silences{0};     ///< subscriptions that announced nothing any more
  std::atomic<std::int64_t> flushes{0};
  std::atomic<std::int64_t> failed_flushes{0};
  std::atomic<std::int64_t> held_since_ms{0};  ///< a reader keeps the WAL full since then; 0: none does

  std::atomic<std::int64_t> file_bytes{0};
  std::atomic<std::int64_t> free_bytes{0};  ///< of those: for rows to come
  std::atomic<std::int64_t> wal_bytes{0};
  std::array<std::atomic<std::int64_t>, 3> oldest{};   ///< bucket of minutes, hours, days; 0: there is none
  std::array<std::atomic<std::int64_t>, 3> removed{};  ///< rows of each that were too old

  std::atomic<std::int64_t> series{0};
  std::atomic<std::int64_t> counters{0};
  std::atomic<std::int64_t> dirty{0};
  std::atomic<std::int64_t> backlog{0};
  std::atomic<std::int64_t> import_counters{0};           ///< found by imports and returns since the start
  std::atomic<std::int64_t> import_read{0};               ///< of these
  std::atomic<std::int64_t> paced_us{0};                  ///< Redis' time that went into what may wait
  std::atomic<std::int64_t> output_buffer_bytes{-1};      ///< what waits in Redis for us; -1: not known
  std::atomic<std::int64_t> output_buffer_hard_limit{0};  ///< 0: none, or not known
  std::atomic<std::int64_t> output_buffer_soft_limit{0};
  std::atomic<std::int64_t> unpriced_models{0};
  std::atomic<std::int64_t> lag_ms{0};
  std::atomic<std::int64_t> flush_ms{0};  ///< duration of the last one
  std::atomic<double> requests_per_minute{0};
  std::atomic<double> tokens_per_minute{0};
};

}  // namespace keymeter::processor
