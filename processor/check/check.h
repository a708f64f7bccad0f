#pragma once

#include "processor/check/facts.h"
#include "processor/config/options.h"
#include "schema/clock.h"

namespace keymeter::check {

/// Gathers everything that the checks judge, beside what only the query API knows.
///
/// Reads only: nothing is changed in Redis or in the file. Threads: one. Bounds: ten seconds for all
/// questions to Redis. Tested by tests/integration/check_test.cc.
[[nodiscard]] Facts GatherFacts(const processor::Options& options, ApiFacts api, const Clock& clock);

/// `keymeter check`: gathers, judges, prints the list on stdout, and returns the exit code (see ExitCode).
[[nodiscard]] int RunCheck(const processor::Options& options, ApiFacts api, const Clock& clock);

}  // namespace keymeter::check
