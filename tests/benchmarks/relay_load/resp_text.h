#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "benchmarks/relay_load/resp_writer.h"
#include "tests/support/redis_client.h"

namespace keymeter::relay_load {

/// The commands in RESP text; throws std::runtime_error when it is none.
[[nodiscard]] std::vector<testing::RedisCommand> CommandsIn(std::string_view resp);

/// What was written, one command a line.
[[nodiscard]] std::string TextOf(const RespWriter& writer);

/// What the counter hashes hold after HINCRBY and one-field HSET commands, by key and field; other commands
/// do nothing.
using CounterValues = std::map<std::pair<std::string, std::string>, std::int64_t>;
[[nodiscard]] CounterValues CountersAfter(const std::vector<testing::RedisCommand>& commands);

}  // namespace keymeter::relay_load
