#pragma once

#include "benchmarks/relay_load/age.h"
#include "benchmarks/relay_load/population.h"
#include "benchmarks/relay_load/resp_writer.h"

namespace keymeter::relay_load {

/// What the relay writes when an administrator makes the accounts, the groups and the API keys, in that
/// order.
void AppendEntities(RespWriter& out, const Population& population, const Age& age = {});

}  // namespace keymeter::relay_load
