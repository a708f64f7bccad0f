#pragma once

#include "processor/config/options.h"
#include "schema/clock.h"
#include "schema/error.h"

namespace keymeter {

/// The commands that work until a signal ends them, and write a log: run, process and serve.
///
/// Here the processor (Redis → SQLite) and the query API (SQLite → HTTP) meet; they share nothing but the
/// file and the probes. Threads: that of main; the API has its own. Lifetime: borrows the clock. The exit
/// code: 0 ended by a signal, 1 cannot work, 2 a setting is wrong (the log says which). Tested by
/// tests/integration/program_test.cc.
[[nodiscard]] int RunService(const processor::Options& options, const Clock& clock);

/// What RunService refuses with exit code 2: all that can be told to be wrong before anything is opened or
/// created.
[[nodiscard]] Status CheckSettings(const processor::Options& options, const Clock& clock);

}  // namespace keymeter
