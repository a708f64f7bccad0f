#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "schema/civil_time.h"
#include "schema/metrics.h"

/// Rows that say when nobody watched, and how well each minute was watched. Plain values; each set is a part
/// of WriteBatch.
/// Tested by tests/processor/storage/window_writer_test.cc.
namespace keymeter::processor {

/// One absence. When a gap with the same beginning is in the file, it is the same gap, grown longer.
struct GapRow {
  std::int64_t from_ms;
  std::int64_t to_ms;
  std::string reason;
};

/// How much usage of a gap was recovered afterwards, by the finest level that it could be placed in. API keys
/// only.
struct GapRecovery {
  struct Sum {
    std::int64_t requests = 0;
    std::int64_t tokens = 0;
  };
  std::int64_t gap_from_ms = 0;
  std::array<Sum, 4> levels{};  ///< by Level, from the minute to the month

  void Add(Level level, const Amounts& growth) {
    Sum& sum = levels.at(static_cast<std::size_t>(level));
    sum.requests += growth[Metric::kRequests];
    sum.tokens += growth.TotalTokens();
  }
};

struct GapRows {
  std::vector<GapRow> gaps;
  std::vector<GapRecovery> recoveries;
};

/// Increments for one minute.
struct CoverageRow {
  std::int64_t minute;
  std::int64_t covered_ms = 0;  ///< negative: coverage that was claimed too early is taken back
  std::int64_t events = 0;
  std::int64_t readings = 0;
  std::int64_t max_delay_ms = 0;
};
struct CoverageRows {
  std::vector<CoverageRow> coverage;
};

}  // namespace keymeter::processor
