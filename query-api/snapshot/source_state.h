#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "query-api/snapshot/connection_pool.h"
#include "schema/error.h"
#include "schema/horizons.h"
#include "schema/processor_health.h"

namespace keymeter::query_api {

/// The view processor_status: where metering stands and how its process is doing.
struct SourceState : ProcessorHealth {
  std::optional<std::int64_t> last_event_ms;
  std::string profile;
  std::int64_t utc_offset_s = 0;  ///< 0 until it is known
  std::int64_t rolled_until = 0;  ///< minutes from here on are not inside hour, day and month yet
  std::int64_t data_version = 0;
  Horizons horizons;  ///< what retention has left of each level
};

[[nodiscard]] Result<SourceState> ReadSourceState(Lease& lease);

}  // namespace keymeter::query_api
