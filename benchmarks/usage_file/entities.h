#pragma once

#include <cstdint>

#include "benchmarks/relay_load/population.h"
#include "schema/sqlite.h"

namespace keymeter::usage_file {

/// The dimensions of a population: keys with owners, tags and a group for some, accounts, groups with their
/// members, the price of each model. `now`: epoch seconds. Within the caller's transaction.
[[nodiscard]] Status WriteEntities(Database& database, const relay_load::Population& population,
                                   std::int64_t now);

}  // namespace keymeter::usage_file
