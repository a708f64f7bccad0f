#include "processor/pipeline/metrics_page.h"

#include <string_view>

#include <fmt/format.h>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kLoopStuckMs = 10'000;

/// Adds metrics whose texts are the same for all.
class Page {
 public:
  explicit Page(PrometheusText& out) : out_(out) {}

  void Counter(std::string_view name, std::string_view help, std::int64_t value) {
    out_.Counter(name, help, static_cast<double>(value));
  }
  void Gauge(std::string_view name, std::string_view help, std::int64_t value) {
    out_.Gauge(name, help, static_cast<double>(value));
  }
  void Seconds(std::string_view name, std::string_view help, std::int64_t value, double units_a_second) {
    out_.Gauge(name, help, static_cast<double>(value) / units_a_second);
  }

 private:
  PrometheusText& out_;
};

constexpr double kMsASecond = 1e3;
constexpr double kUsASecond = 1e6;

void AddSource(const ProcessorMetrics& m, PrometheusText& out) {
  Page page(out);
  page.Gauge("keymeter_connected", "1 while subscribed to the source.", m.is_connected ? 1 : 0);
  page.Gauge("keymeter_baseline_read", "1 once every counter that Redis holds has been read in this session.",
             m.is_baseline_read ? 1 : 0);
  page.Gauge("keymeter_history_read",
             "1 once days and months older than the relay's hourly counters have been imported too.",
             m.is_history_read ? 1 : 0);
  page.Counter("keymeter_sessions_total", "Sessions with the source: connected, and subscribed.", m.sessions);
  page.Counter("keymeter_unannounced_counters_total", "Counters that a sweep found grown without an event.",
               m.unannounced);
  page.Counter("keymeter_silent_subscriptions_total",
               "Sessions restarted because counters grew and no event came.", m.silences);
  page.Counter("keymeter_audits_total",
               "Audits: comparisons of closed hours and days with the relay's counters.", m.audits);
  page.Gauge("keymeter_drift_values",
             "Values that differ from the relay's and that no adjustment explains, by the last audit.",
             m.drift);
  page.Counter("keymeter_events_total", "Keyspace events received.", m.events);
  page.Counter("keymeter_metered_events_total", "Keyspace events of metered counters.", m.metered_events);
  page.Counter("keymeter_readings_total", "Counter hashes read.", m.readings);
  page.Counter("keymeter_skipped_values_total", "Counter values ignored because they are not whole numbers.",
               m.skipped_values);
  page.Gauge("keymeter_left_out",
             "Fields, counters, members and listings that are not read: too long, too many or endless.",
             m.left_out);
  page.Counter("keymeter_refused_series_total", "Events ignored because the limit of series is reached.",
               m.refused_series);
  page.Counter("keymeter_refused_keys_total",
               "Events of counters ignored for their key: no relay can have written its hour, or its id or "
               "model cannot be told from an empty one.",
               m.refused_keys);
}

void AddReading(const ProcessorMetrics& m, PrometheusText& out) {
  Page page(out);
  page.Gauge("keymeter_series", "Known series: API key or account x model.", m.series);
  page.Gauge("keymeter_counters", "Counter hashes whose last reading is kept in memory.", m.counters);
  page.Gauge("keymeter_dirty_counters", "Counters that changed and have not been read yet.", m.dirty);
  page.Gauge("keymeter_backlog_counters", "Counters that an import or a sweep has yet to read.", m.backlog);
  page.Counter("keymeter_import_counters_total",
               "Counters found by imports, at the start and after an absence.", m.import_counters);
  page.Counter("keymeter_import_counters_read_total", "Counters that imports have read.", m.import_read);
  out.Counter("keymeter_paced_seconds_total",
              "Redis' time spent on imports and sweeps, which --import-max-load limits.",
              static_cast<double>(m.paced_us) / kUsASecond);
}

/// What is not known is left out.
void AddOutputBuffer(const ProcessorMetrics& m, PrometheusText& out) {
  Page page(out);
  if (m.output_buffer_bytes >= 0)
    page.Gauge("keymeter_output_buffer_bytes",
               "Bytes in Redis' output buffer for our Pub/Sub connection, sampled every 10 seconds.",
               m.output_buffer_bytes);
  if (m.output_buffer_hard_limit > 0)
    page.Gauge("keymeter_output_buffer_limit_bytes",
               "Hard output-buffer limit of our Pub/Sub connection, bytes.", m.output_buffer_hard_limit);
  if (m.output_buffer_soft_limit > 0)
    page.Gauge("keymeter_output_buffer_soft_limit_bytes",
               "Soft output-buffer limit of our Pub/Sub connection, bytes.", m.output_buffer_soft_limit);
}

void AddFlushes(const ProcessorMetrics& m, PrometheusText& out) {
  Page page(out);
  page.Seconds("keymeter_lag_seconds",
               "Longest delay from an event to its reading, in the last flush interval.", m.lag_ms,
               kMsASecond);
  page.Seconds("keymeter_loop_longest_seconds",
               "Longest callback of the event loop, in this minute and the one before.", m.loop_longest_us,
               kUsASecond);
  page.Counter("keymeter_flushes_total", "Flushes: transactions tried, written or refused.", m.flushes);
  page.Counter("keymeter_failed_flushes_total",
               "Flushes that SQLite refused; their rows are kept and written later.", m.failed_flushes);
  page.Seconds("keymeter_flush_seconds", "Duration of the last flush.", m.flush_ms, kMsASecond);
}

void AddFile(const ProcessorMetrics& m, PrometheusText& out) {
  Page page(out);
  page.Gauge("keymeter_file_bytes", "Size of the SQLite file.", m.file_bytes);
  page.Gauge("keymeter_file_free_bytes", "Bytes of the SQLite file that are free for new rows.",
             m.free_bytes);
  page.Gauge("keymeter_wal_bytes", "Size of SQLite's write-ahead log (WAL).", m.wal_bytes);
  page.Gauge("keymeter_wal_held",
             "1 while a reader's transaction keeps the full WAL from being emptied; flushes wait.",
             m.held_since_ms > 0 ? 1 : 0);
  constexpr std::string_view kLevels[] = {"minute", "hour", "day"};
  for (std::size_t level = 0; level < m.oldest.size(); ++level) {
    out.Gauge("keymeter_oldest_bucket_timestamp_seconds",
              "Start of the oldest stored bucket of the level, epoch seconds; 0: none.",
              static_cast<double>(m.oldest[level]), {{"level", kLevels[level]}});
    out.Counter("keymeter_removed_rows_total",
                "Rows removed because they were older than the level's retention.",
                static_cast<double>(m.removed[level]), {{"level", kLevels[level]}});
  }
}

void AddUsage(const ProcessorMetrics& m, PrometheusText& out) {
  Page page(out);
  page.Gauge("keymeter_unpriced_models",
             "Models used by accounts that have no price; what accounts paid for them is unknown.",
             m.unpriced_models);
  page.Gauge("keymeter_unusable_prices", "Entries of the price list that cannot be used: see price_faults.",
             m.unusable_prices);
  out.Gauge("keymeter_requests_per_minute", "Requests of all API keys in the last minute.",
            m.requests_per_minute);
  out.Gauge("keymeter_tokens_per_minute", "Tokens of all API keys in the last minute.", m.tokens_per_minute);
}

}  // namespace

void WriteMetrics(const ProcessorMetrics& metrics, PrometheusText& out) {
  AddSource(metrics, out);
  AddReading(metrics, out);
  AddOutputBuffer(metrics, out);
  AddFlushes(metrics, out);
  AddFile(metrics, out);
  AddUsage(metrics, out);
}

std::vector<std::string> NotReadyReasons(const ProcessorMetrics& metrics) {
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

bool IsLoopAlive(const ProcessorMetrics& metrics, std::int64_t monotonic_ms) {
  // No loop beats while a file is put right: to end the process then would only begin that work anew.
  return metrics.is_reopening || monotonic_ms - metrics.loop_beat_ms < kLoopStuckMs;
}

}  // namespace keymeter::processor
