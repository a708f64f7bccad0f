#pragma once

#include "processor/check/facts.h"
#include "processor/check/redis_dialogue.h"
#include "processor/config/options.h"

namespace keymeter::check {

/// What the server says of itself, and what it lets us do. Only commands that change nothing are tried, on
/// keys that do not exist. An error: the connection ended; what was learnt until then stands.
[[nodiscard]] Status GatherSource(RedisDialogue& redis, const Clock& clock, const processor::Options& options,
                                  SourceFacts& facts);

}  // namespace keymeter::check
