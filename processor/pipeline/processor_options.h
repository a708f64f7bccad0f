#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "processor/redis/redis_target.h"
#include "processor/storage/file_maintenance.h"
#include "schema/profile.h"

namespace keymeter::processor {

/// What the metering process is to do.
///
/// Each default stands here, or in the option struct of the room that uses it; the table of settings shows
/// its text, and a test compares them.
///
/// Tested by tests/processor/config/.
struct ProcessorOptions {
  RedisTarget redis{};
  std::string db_path = "keymeter.db";
  std::vector<Profile> profiles{};             ///< candidates, the finest first: see LoadProfiles
  std::optional<std::int64_t> utc_offset_s{};  ///< empty: found out from the relay's keys
  std::optional<std::int64_t>
      shown_offset_s{};                        ///< what the relay showed to a run before: see Processor::Run
  std::int64_t flush_interval_ms = 1000;       ///< one transaction each
  std::int64_t poll_ms = 0;                    ///< above 0: read counters so often, without events
  std::string prices_path{};                   ///< empty: the built-in price list
  std::int64_t audit_interval_ms = 3'600'000;  ///< 0: no audits
  double import_max_load = 0.1;                ///< share of Redis' time for reading that may wait
  FileLimits file{};
};

}  // namespace keymeter::processor
