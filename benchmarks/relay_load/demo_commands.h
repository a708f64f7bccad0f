#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/relay_load/population.h"
#include "benchmarks/relay_load/resp_writer.h"
#include "benchmarks/relay_load/tally.h"
#include "benchmarks/relay_load/traffic.h"

/// What makes a demo worth looking at, as the relay writes it: accounts in trouble, keys near their limit,
/// counters that are reset.
namespace keymeter::relay_load {

/// One account that its upstream refuses, one that is limited for the next half hour, and one that the relay
/// passes over so long.
void AppendTroubles(RespWriter& out, const Population& population, std::int64_t now_ms);
/// What the relay keeps for an hour when somebody has looked at its page of balances: that of one account.
void AppendBalance(RespWriter& out, const Account& account, std::int64_t now_ms);

/// Daily limits of the three most used keys, in USD: a little more than they spent since their day began.
[[nodiscard]] std::vector<std::string> NearLimits(const Population& population, const Tally& tally,
                                                  std::int64_t day_start);
/// To be said again after each request of the key: the relay then writes the whole hash of the key.
void AppendLimit(RespWriter& out, const ApiKey& key, std::string_view usd);

/// Deletes the counters of the request's key and model, as a reset of its usage does: of its day, the day's
/// hours, its month and all time.
void AppendReset(RespWriter& out, const Request& request, std::int64_t offset_seconds);

}  // namespace keymeter::relay_load
