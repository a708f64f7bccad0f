#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "processor/runtime/metrics_snapshot.h"
#include "schema/prometheus_text.h"

/// What the probes' listener says of the processor. Threads: any; they only read the snapshot.
namespace keymeter::processor {

/// The processor's part of the Prometheus page.
void WriteMetrics(const MetricsSnapshot& metrics, PrometheusText& out);

/// Why it cannot do its work yet, for people; empty when it can.
[[nodiscard]] std::vector<std::string> NotReadyReasons(const MetricsSnapshot& metrics);

/// The event loop has turned within the last ten seconds.
[[nodiscard]] bool IsLoopAlive(const MetricsSnapshot& metrics, std::int64_t monotonic_ms);

}  // namespace keymeter::processor
