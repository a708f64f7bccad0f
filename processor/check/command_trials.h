#pragma once

#include "processor/check/facts.h"
#include "processor/check/redis_dialogue.h"
#include "processor/config/options.h"

namespace keymeter::check {

/// Tries every command that metering reads with, once for each kind of key, on a key that does not exist, and
/// adds what is refused to `facts`.
///
/// Not for SUBSCRIBE, which EventWatch tries, nor for CONFIG SET, which would change something: GatherSource
/// asks for the right to it.
/// Tested by tests/integration/check_faults_test.cc.
[[nodiscard]] Status TryCommands(RedisDialogue& redis, const processor::Options& options, std::int64_t now_ms,
                                 SourceFacts& facts);

}  // namespace keymeter::check
