#pragma once

#include "processor/check/facts.h"
#include "processor/check/redis_dialogue.h"
#include "processor/config/options.h"

namespace keymeter::check {

/// Gathers what the server says about itself and what our user may do. Tries only commands that change
/// nothing, on keys that do not exist.
///
/// An error: the connection ended; `facts` has what was learnt until then. Threads: loop thread only.
/// Tested by tests/integration/check_test.cc.
[[nodiscard]] Status GatherSource(RedisDialogue& redis, const Clock& clock, const processor::Options& options,
                                  SourceFacts& facts);

}  // namespace keymeter::check
