#pragma once

#include <cstdint>

#include "processor/pipeline/flush_figures.h"
#include "processor/pipeline/processor_metrics.h"
#include "processor/source/source_figures.h"

namespace keymeter::processor {

/// What the loop and the meter say of themselves.
struct MeterFigures {
  bool is_baseline_read = false;
  std::int64_t series = 0;
  std::int64_t counters = 0;
  std::int64_t dirty = 0;
  double requests_per_minute = 0;
  double tokens_per_minute = 0;
};

/// The one place that writes the metrics (but for the loop's beat): what those who own the figures say now.
/// Threads: loop thread.
void UpdateMetrics(const SourceFigures& source, const MeterFigures& meter, const FlushFigures& flush,
                   ProcessorMetrics& metrics);

}  // namespace keymeter::processor
