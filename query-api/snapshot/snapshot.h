#pragma once

#include <cstdint>

#include "query-api/snapshot/connection_pool.h"
#include "query-api/snapshot/file_version.h"
#include "query-api/snapshot/source_state.h"
#include "schema/clock.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// What one answer is made from: one state of the file and one time of day.
///
/// Holds a connection of the pool and its read transaction: whoever waits for another thread gives it back
/// first, since the pool has few.
/// Threads: one. Lifetime: not beyond the pool.
struct Snapshot {
  Lease lease;
  SourceState state;
  std::int64_t now_ms;

  /// Errors are fit for clients (503).
  static Result<Snapshot> Take(ConnectionPool& pool, const Clock& clock);

  [[nodiscard]] FileVersion version() const {
    return {lease.file_id(), state.utc_offset_s, state.data_version, state.rolled_until};
  }
};

}  // namespace keymeter::query_api
