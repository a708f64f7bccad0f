#include "processor/pipeline/metrics_update.h"

#include <cstddef>

namespace keymeter::processor {

namespace {

void UpdateSource(const SourceFigures& source, ProcessorMetrics& metrics) {
  const SourceCounts& counts = source.counts;
  metrics.is_connected = source.is_connected;
  metrics.was_subscribed = counts.sessions > 0;
  metrics.events = counts.events;
  metrics.metered_events = counts.metered_events;
  metrics.readings = source.readings;
  metrics.skipped_values = source.skipped_values;
  metrics.left_out = source.left_out;
  metrics.refused_series = counts.refused_series;
  metrics.refused_keys = counts.refused_keys;
  metrics.unannounced = counts.unannounced;
  metrics.silences = counts.silences;  // before the session that follows it
  metrics.sessions = counts.sessions;
  metrics.audits = source.audits;
  metrics.import_counters = counts.import_counters;
  metrics.import_read = counts.import_read;
  metrics.paced_us = source.paced_us;
  metrics.backlog = source.backlog;
  metrics.output_buffer_bytes = source.output_buffer.bytes;
  metrics.output_buffer_hard_limit = source.output_buffer.hard_limit;
  metrics.output_buffer_soft_limit = source.output_buffer.soft_limit;
}

void UpdateMeter(const MeterFigures& meter, ProcessorMetrics& metrics) {
  metrics.is_baseline_read = meter.is_baseline_read;
  metrics.series = meter.series;
  metrics.counters = meter.counters;
  metrics.dirty = meter.dirty;
  metrics.requests_per_minute = meter.requests_per_minute;
  metrics.tokens_per_minute = meter.tokens_per_minute;
}

void UpdateFlush(const FlushFigures& flush, ProcessorMetrics& metrics) {
  metrics.is_writable = flush.is_writable;
  metrics.flushes = flush.flushes;
  metrics.failed_flushes = flush.failed_flushes;
  metrics.flush_ms = flush.flush_ms;
  metrics.lag_ms = flush.lag_ms;
  metrics.held_since_ms = flush.held_since_ms;
  metrics.drift = flush.drift;
  metrics.unpriced_models = flush.unpriced_models;
  metrics.unusable_prices = flush.unusable_prices;
  metrics.file_bytes = flush.file.file_bytes;
  metrics.free_bytes = flush.file.free_bytes;
  metrics.wal_bytes = flush.file.wal_bytes;
  for (std::size_t level = 0; level < flush.file.oldest.size(); ++level) {
    metrics.oldest[level] = flush.file.oldest[level];
    metrics.removed[level] = flush.file.removed[level];
  }
  metrics.is_history_read = flush.is_history_read;  // last: whoever waits for it reads the others
}

}  // namespace

void UpdateMetrics(const SourceFigures& source, const MeterFigures& meter, const FlushFigures& flush,
                   ProcessorMetrics& metrics) {
  UpdateSource(source, metrics);
  UpdateMeter(meter, metrics);
  UpdateFlush(flush, metrics);
}

}  // namespace keymeter::processor
