#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "query-api/snapshot/connection_pool.h"
#include "schema/error.h"
#include "schema/horizons.h"
#include "schema/processor_health.h"

namespace keymeter::query_api {

/// The view processor_status: how far metering has come, and how its process is doing.
///
/// Threads: a plain value. Tested by tests/query-api/snapshot/snapshot_test.cc.
struct SourceState : ProcessorHealth {
  std::optional<std::int64_t> last_event_ms;
  std::string profile;
  std::int64_t utc_offset_s = 0;  ///< 0 until it is known
  std::int64_t rolled_until = 0;  ///< minutes from here on are not part of hour, day and month yet
  std::int64_t data_version = 0;
  std::int64_t money_from = 0;  ///< a key's cost of 0 in a bucket that begins before is unknown
  Horizons horizons;            ///< how far back each level is kept
};

[[nodiscard]] Result<SourceState> ReadSourceState(Lease& lease);

}  // namespace keymeter::query_api
