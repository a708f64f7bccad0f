#pragma once

#include <cstdint>

#include "benchmarks/relay_load/population.h"
#include "benchmarks/relay_load/resp_writer.h"
#include "benchmarks/relay_load/tally.h"
#include "benchmarks/relay_load/traffic.h"

/// What makes a demo worth looking at, as the relay writes it: accounts in trouble, keys near their limit,
/// counters that are reset.
namespace keymeter::relay_load {

/// One account that its upstream refuses, and one that is limited for the next half hour.
void AppendTroubles(RespWriter& out, const Population& population, std::int64_t now_ms);

/// Sets the daily limit of the three most used keys to a little more than they spent since their day began.
void AppendNearLimits(RespWriter& out, const Population& population, const Tally& tally,
                      std::int64_t day_start);

/// Deletes the counters of the request's key and model, as a reset of its usage does.
void AppendReset(RespWriter& out, const Request& request, std::int64_t offset_seconds);

}  // namespace keymeter::relay_load
