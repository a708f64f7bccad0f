#pragma once

#include "processor/check/facts.h"
#include "processor/config/options.h"
#include "schema/clock.h"

namespace keymeter::check {

/// Looks at this machine and process. Each listen address is bound for a moment, without listening.
[[nodiscard]] HostFacts GatherHost(const processor::Options& options, const Clock& clock);

}  // namespace keymeter::check
