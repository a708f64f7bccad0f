#pragma once

#include "benchmarks/relay_load/life_commands.h"
#include "tests/support/redis_client.h"

namespace keymeter::testing {

/// What a Redis holds, as the relay's own scripts look at it before they write: every hash and string, and
/// the names of the rest. One key after the other: what is written meanwhile may be in it or not.
[[nodiscard]] relay_load::Snapshot TakeSnapshot(RedisClient& redis);

}  // namespace keymeter::testing
