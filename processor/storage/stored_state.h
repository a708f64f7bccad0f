#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "processor/metering/counter_table.h"
#include "processor/metering/metering_plan.h"
#include "processor/metering/series_registry.h"
#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Where metering stopped: what a restart goes on from.
struct StoredState {
  std::vector<ProfileUse> profile_uses;          ///< none: a fresh file
  std::optional<std::int64_t> utc_offset_s;      ///< nothing until it is known
  std::optional<std::int64_t> covered_until_ms;  ///< every event before this is inside the rows
  std::string data_set;                          ///< that the readings are of: see DataSetMark::Text
  /// Days and months beyond the relay's hours have not been read since this moment; 0: ever, kNothing: all
  /// are.
  std::int64_t history_due_from_ms = 0;
  std::int64_t audited_until = 0;  ///< epoch seconds: closed hours and days before this were compared

  static constexpr std::int64_t kNothing = -1;
};

/// Reads the state, and puts every series and reading of the file into `registry` and `counters`.
[[nodiscard]] Result<StoredState> LoadState(Database& database, SeriesRegistry& registry,
                                            CounterTable& counters);

}  // namespace keymeter::processor
