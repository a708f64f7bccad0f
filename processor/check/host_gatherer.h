#pragma once

#include "processor/check/facts.h"
#include "processor/config/options.h"
#include "schema/clock.h"

namespace keymeter::check {

/// Gathers facts about this machine and process. Each listen address is bound for a moment, without
/// listening.
///
/// Threads: one. Tested by tests/integration/check_faults_test.cc.
[[nodiscard]] HostFacts GatherHost(const processor::Options& options, const Clock& clock);

}  // namespace keymeter::check
