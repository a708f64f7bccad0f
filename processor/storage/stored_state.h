#pragma once

#include "processor/metering/counter_table.h"
#include "processor/metering/lost_amounts.h"
#include "processor/metering/restart_state.h"
#include "processor/metering/series_registry.h"
#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Reads the state, and puts every series and reading of the file into `registry` and `counters`, and into
/// `lost` what these counters lost. Errors: kCorrupt when the rows contradict each other.
[[nodiscard]] Result<StoredState> LoadState(Database& database, SeriesRegistry& registry,
                                            CounterTable& counters, LostAmounts& lost);

}  // namespace keymeter::processor
