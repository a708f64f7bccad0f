#pragma once

#include "processor/check/facts.h"
#include "processor/check/redis_dialogue.h"
#include "processor/config/options.h"

namespace keymeter::check {

/// Runs every command that metering reads with, each once for every kind of key, on a key that does not
/// exist, and notes what is refused.
///
/// Not for SUBSCRIBE, which EventWatch tries, nor for CONFIG SET, which would change something.
[[nodiscard]] Status TryCommands(RedisDialogue& redis, const processor::Options& options, std::int64_t now_ms,
                                 SourceFacts& facts);

}  // namespace keymeter::check
