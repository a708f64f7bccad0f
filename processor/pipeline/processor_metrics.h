#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace keymeter::processor {

/// How the processor is doing, for the metrics page and the probes. Output only: nothing in the loop reads it
/// back.
///
/// Threads: the loop thread writes it (UpdateMetrics), any may read. Bounds: fixed size.
/// Tested by tests/processor/pipeline/metrics_page_test.cc and metrics_update_test.cc.
struct ProcessorMetrics {
  template <typename T>
  using Value = std::atomic<T>;
  using Number = Value<std::int64_t>;

  // The loop
  Number loop_beat_ms{0};  ///< monotonic; renewed each second
  /// The run has ended to put the file right, and the next one goes on (Processor::Run); the beat ends it.
  Value<bool> is_reopening{false};
  Number loop_longest_us{0};  ///< longest callback of this minute and the one before

  // State
  Value<bool> is_connected{false};
  Value<bool> was_subscribed{false};  ///< at least once
  Value<bool> is_baseline_read{false};
  Value<bool> is_history_read{false};  ///< and the days and months older than the relay's hours, and written
  Value<bool> is_writable{true};       ///< the last flush succeeded

  // The source, since the start
  Number sessions{0};
  Number events{0};          ///< received
  Number metered_events{0};  ///< of counters that are metered
  Number readings{0};
  Number skipped_values{0};
  Number left_out{0};  ///< now: fields, members, listings that are too long or endless
  Number refused_series{0};
  Number refused_keys{0};
  Number unannounced{0};      ///< counters that were found grown without an event
  Number silences{0};         ///< subscriptions that announced nothing any more
  Number audits{0};           ///< that came to their end
  Number import_counters{0};  ///< found by imports and returns from an absence
  Number import_read{0};      ///< of these, read
  Number paced_us{0};         ///< Redis' time that went into reading that may wait

  // The source, now
  Number series{0};
  Number counters{0};
  Number dirty{0};                     ///< counters that changed and wait for their reading
  Number backlog{0};                   ///< counters that import or sweep wait to read
  Number output_buffer_bytes{-1};      ///< waiting in Redis for us; -1: not known
  Number output_buffer_hard_limit{0};  ///< 0: none, or not known; likewise below
  Number output_buffer_soft_limit{0};
  Value<double> requests_per_minute{0};
  Value<double> tokens_per_minute{0};

  // The file
  Number flushes{0};
  Number failed_flushes{0};
  Number flush_ms{0};       ///< duration of the last one
  Number lag_ms{0};         ///< longest delay from an event to its reading in the last flush interval
  Number held_since_ms{0};  ///< a reader keeps the WAL full since then; 0: none does
  Number drift{0};          ///< values that differ from the relay's beyond adjustments, as the file says
  Number unpriced_models{0};
  Number unusable_prices{0};  ///< entries of the price list
  Number file_bytes{0};
  Number free_bytes{0};  ///< of those: for rows to come
  Number wal_bytes{0};
  std::array<Number, 3> oldest{};   ///< bucket of minutes, hours, days; 0: there is none
  std::array<Number, 3> removed{};  ///< rows of each that were too old
};

}  // namespace keymeter::processor
