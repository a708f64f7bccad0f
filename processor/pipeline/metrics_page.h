#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "processor/pipeline/processor_metrics.h"
#include "schema/prometheus_text.h"

/// The processor's metrics as text for the probes' listener. Threads: any; the metrics are only read.
namespace keymeter::processor {

/// Writes the processor's part of the Prometheus page.
void WriteMetrics(const ProcessorMetrics& metrics, PrometheusText& out);

/// Why the processor cannot do its work yet, for people; empty when it can.
[[nodiscard]] std::vector<std::string> NotReadyReasons(const ProcessorMetrics& metrics);

/// Whether the event loop has turned within the last ten seconds. `monotonic_ms`: now, by Clock::MonotonicMs.
[[nodiscard]] bool IsLoopAlive(const ProcessorMetrics& metrics, std::int64_t monotonic_ms);

}  // namespace keymeter::processor
