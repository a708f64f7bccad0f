#pragma once

#include "processor/check/facts.h"
#include "processor/config/options.h"
#include "schema/clock.h"

namespace keymeter::check {

/// All that the checks judge. Reads only: nothing is changed in Redis nor in the file.
///
/// Bounds: ten seconds for all that is asked of Redis.
/// Who may use the API is known to the query API: it is not among them.
[[nodiscard]] Facts GatherFacts(const processor::Options& options, const Clock& clock);

/// `keymeter check`: looks, prints the list on stdout, and returns its exit code (see ExitCode).
[[nodiscard]] int RunCheck(const processor::Options& options, const AccessFacts& access, const Clock& clock);

}  // namespace keymeter::check
