#pragma once

#include <cstdint>

/// What the source says of itself, for the metrics page and the file's heartbeat: output only, nothing
/// decides by it.
///
/// Tested by tests/processor/pipeline/metrics_update_test.cc.
namespace keymeter::processor {

/// Counted since the start, over all sessions.
struct SourceCounts {
  std::int64_t sessions = 0;         ///< that came up
  std::int64_t events = 0;           ///< received
  std::int64_t metered_events = 0;   ///< of counters that are metered
  std::int64_t refused_series = 0;   ///< events of series beyond the most that are kept
  std::int64_t refused_keys = 0;     ///< events of counters with a key that is refused: see KeyRefusal
  std::int64_t unannounced = 0;      ///< counters that were found grown without an event
  std::int64_t silences = 0;         ///< sessions that ended because nothing was announced any more
  std::int64_t import_counters = 0;  ///< found by imports and returns from an absence
  std::int64_t import_read = 0;      ///< of these, read
};

/// Redis' buffer for our subscribed connection.
struct OutputBufferFigures {
  static constexpr std::int64_t kUnknown = -1;

  std::int64_t bytes = kUnknown;  ///< waiting there for us, by the last look
  std::int64_t hard_limit = 0;    ///< 0: none, or not known; likewise below
  std::int64_t soft_limit = 0;
};

struct SourceFigures {
  bool is_connected = false;
  SourceCounts counts{};
  std::int64_t readings = 0;        ///< counter hashes read
  std::int64_t skipped_values = 0;  ///< that are no whole numbers
  std::int64_t left_out = 0;        ///< fields, members, listings: too long, or endless; now
  std::int64_t backlog = 0;         ///< counters that import or sweep wait to read
  std::int64_t paced_us = 0;        ///< Redis' time that import, return and sweeps took
  std::int64_t audits = 0;          ///< that came to their end
  OutputBufferFigures output_buffer{};
};

}  // namespace keymeter::processor
