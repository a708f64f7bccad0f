#pragma once

#include <cstdint>

#include "processor/storage/file_maintenance.h"

namespace keymeter::processor {

/// What the flush cycle says of itself, for the metrics page: output only, nothing decides by it.
///
/// Tested by tests/processor/pipeline/metrics_update_test.cc.
struct FlushFigures {
  bool is_writable = true;       ///< the last flush succeeded
  bool is_history_read = false;  ///< all that the relay kept is in durable rows
  std::int64_t flushes = 0;
  std::int64_t failed_flushes = 0;
  std::int64_t flush_ms = 0;       ///< duration of the last one
  std::int64_t lag_ms = 0;         ///< longest delay from an event to its reading before the last flush
  std::int64_t held_since_ms = 0;  ///< a reader keeps the WAL full since then; 0: none does
  std::int64_t drift = 0;          ///< values that differ from the relay's, as the file says
  std::int64_t unpriced_models = 0;
  std::int64_t unusable_prices = 0;  ///< entries of the price list
  FileFigures file{};
};

}  // namespace keymeter::processor
