#include "processor/pipeline/metrics_page.h"

#include <string_view>

#include <fmt/format.h>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kLoopStuckMs = 10'000;

/// What is not known is left out.
void AddOutputBuffer(const MetricsSnapshot& m, PrometheusText& out) {
  if (m.output_buffer_bytes >= 0)
    out.Gauge("keymeter_output_buffer_bytes", "What waits in Redis for our subscribed connection; sampled.",
              static_cast<double>(m.output_buffer_bytes));
  if (m.output_buffer_hard_limit > 0)
    out.Gauge("keymeter_output_buffer_limit_bytes", "At so much Redis cuts that connection off.",
              static_cast<double>(m.output_buffer_hard_limit));
  if (m.output_buffer_soft_limit > 0)
    out.Gauge("keymeter_output_buffer_soft_limit_bytes", "Likewise, when it stays above so much for a while.",
              static_cast<double>(m.output_buffer_soft_limit));
}

void AddFileMetrics(const MetricsSnapshot& m, PrometheusText& out) {
  const auto bytes = [&](std::string_view name, std::string_view help, std::int64_t value) {
    out.Gauge(name, help, static_cast<double>(value));
  };
  bytes("keymeter_file_bytes", "Size of the SQLite file.", m.file_bytes);
  bytes("keymeter_file_free_bytes", "Of those: free for rows to come.", m.free_bytes);
  bytes("keymeter_wal_bytes", "Size of the write-ahead log beside it.", m.wal_bytes);
  out.Gauge("keymeter_wal_held",
            "1 while a reader keeps the full WAL from being emptied: nothing is written.",
            m.held_since_ms > 0 ? 1 : 0);
  constexpr std::string_view kLevels[] = {"minute", "hour", "day"};
  for (std::size_t level = 0; level < m.oldest.size(); ++level) {
    out.Gauge("keymeter_oldest_bucket_timestamp_seconds",
              "Start of the oldest bucket that is kept, epoch seconds; 0: none.",
              static_cast<double>(m.oldest[level]), {{"level", kLevels[level]}});
    out.Counter("keymeter_removed_rows_total", "Rows that were older than they are to be kept.",
                static_cast<double>(m.removed[level]), {{"level", kLevels[level]}});
  }
}

}  // namespace

void WriteMetrics(const MetricsSnapshot& m, PrometheusText& out) {
  const auto gauge = [&](std::string_view name, std::string_view help, double value) {
    out.Gauge(name, help, value);
  };
  const auto counter = [&](std::string_view name, std::string_view help, std::int64_t value) {
    out.Counter(name, help, static_cast<double>(value));
  };
  gauge("keymeter_connected", "1 while subscribed to the source.", m.is_connected ? 1 : 0);
  gauge("keymeter_baseline_read", "1 when history and the open hour have been read.",
        m.is_baseline_read ? 1 : 0);
  counter("keymeter_sessions_total", "Subscriptions to the source that came up.", m.sessions);
  gauge("keymeter_history_read", "1 when days and months beyond the relay's hours have been read as well.",
        m.is_history_read ? 1 : 0);
  counter("keymeter_unannounced_counters_total", "Counters that a sweep found grown without an event.",
          m.unannounced);
  counter("keymeter_silent_subscriptions_total",
          "Subscriptions that announced nothing while counters moved, and were begun anew.", m.silences);
  counter("keymeter_audits_total", "Comparisons of closed hours and days with the relay's own.", m.audits);
  gauge("keymeter_drift_values", "Values that differ from the relay's beyond adjustments, by the last audit.",
        static_cast<double>(m.drift));
  counter("keymeter_events_total", "Keyspace events received.", m.events);
  counter("keymeter_metered_events_total", "Keyspace events of metered counters.", m.metered_events);
  counter("keymeter_readings_total", "Counter hashes read.", m.readings);
  counter("keymeter_skipped_values_total", "Counter values that are no whole numbers, and were left out.",
          m.skipped_values);
  counter("keymeter_refused_series_total", "Events of series beyond the most that are kept.",
          m.refused_series);
  gauge("keymeter_series", "Series known: API key or account x model.", static_cast<double>(m.series));
  gauge("keymeter_counters", "Counter hashes whose last reading is kept in memory.",
        static_cast<double>(m.counters));
  gauge("keymeter_dirty_counters", "Counters that changed and wait for their reading.",
        static_cast<double>(m.dirty));
  gauge("keymeter_backlog_counters", "Counters that import or sweep wait to read.",
        static_cast<double>(m.backlog));
  counter("keymeter_import_counters_total", "Counters that imports and returns from an absence found.",
          m.import_counters);
  counter("keymeter_import_counters_read_total", "Of these, the ones that have been read.", m.import_read);
  out.Counter("keymeter_paced_seconds_total",
              "Redis' time that import, return and sweeps took: see --import-max-load.",
              static_cast<double>(m.paced_us) / 1e6);
  AddOutputBuffer(m, out);
  gauge("keymeter_lag_seconds", "Longest delay from an event to its reading in the last flush interval.",
        static_cast<double>(m.lag_ms) / 1000);
  gauge("keymeter_loop_longest_seconds",
        "Longest time that one thing kept everything else waiting, in this minute and the one before.",
        static_cast<double>(m.loop_longest_us) / 1e6);
  counter("keymeter_flushes_total", "Transactions written.", m.flushes);
  counter("keymeter_failed_flushes_total", "Transactions that SQLite refused; kept and tried again.",
          m.failed_flushes);
  gauge("keymeter_flush_seconds", "Duration of the last flush.", static_cast<double>(m.flush_ms) / 1000);
  AddFileMetrics(m, out);
  gauge("keymeter_unpriced_models", "Models that accounts use and that have no price: they cost 0.",
        static_cast<double>(m.unpriced_models));
  gauge("keymeter_requests_per_minute", "Requests of the trailing minute, all API keys.",
        m.requests_per_minute);
  gauge("keymeter_tokens_per_minute", "Tokens of the trailing minute, all API keys.", m.tokens_per_minute);
}

std::vector<std::string> NotReadyReasons(const MetricsSnapshot& metrics) {
  std::vector<std::string> reasons;
  if (!metrics.was_subscribed) reasons.emplace_back("never subscribed to the source yet");
  if (const std::int64_t since_ms = metrics.held_since_ms; since_ms > 0) {
    reasons.push_back(fmt::format(
        "a reader's transaction keeps the WAL of {:.1f} MB from being emptied since {}: nothing is "
        "written until it ends",
        static_cast<double>(metrics.wal_bytes) / 1e6, FormatRfc3339(since_ms / 1000 * 1000)));
  } else if (!metrics.is_writable) {
    reasons.emplace_back("the last flush failed");
  }
  return reasons;
}

bool IsLoopAlive(const MetricsSnapshot& metrics, std::int64_t monotonic_ms) {
  return monotonic_ms - metrics.loop_beat_ms < kLoopStuckMs;
}

}  // namespace keymeter::processor
