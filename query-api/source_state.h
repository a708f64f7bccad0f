#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "query-api/connection_pool.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// The view processor_status: where metering stands and how its process is doing.
struct SourceState {
  bool has_processor =
      false;  ///< a processor has written its heartbeat; else the fields down to `problem` are unset
  bool connected = false;
  bool baseline_read = false;
  std::optional<std::int64_t> last_event_ms;
  std::optional<std::int64_t> stopped_ms;
  std::int64_t last_flush_ms = 0;
  std::int64_t flush_interval_ms = 1000;
  std::int64_t lag_ms = 0;
  std::string problem;

  std::string profile;
  std::int64_t utc_offset_s = 0;  ///< 0 until it is known
  std::int64_t rolled_until = 0;  ///< minutes from here on are not inside hour, day and month yet
  std::int64_t data_version = 0;
  std::int64_t drift = 0;
};

[[nodiscard]] Result<SourceState> ReadSourceState(Lease& lease);

}  // namespace keymeter::query_api
