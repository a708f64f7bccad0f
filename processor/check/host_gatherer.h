#pragma once

#include <vector>

#include "processor/check/facts.h"
#include "processor/config/options.h"
#include "schema/clock.h"

namespace keymeter::check {

/// Gathers facts about this machine and process. Each listen address is bound for a moment, without
/// listening.
///
/// Where a unix socket is to be nothing is made: `bind_errno` is ENOENT or ENOTDIR without its directory,
/// EACCES where we may not write, EEXIST when another file is there, EADDRINUSE when somebody answers.
/// Threads: one.
[[nodiscard]] HostFacts GatherHost(const processor::Options& options, std::vector<ListenFacts> listeners,
                                   const Clock& clock);

}  // namespace keymeter::check
