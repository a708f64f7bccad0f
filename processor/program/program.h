#pragma once

#include "processor/config/setting_values.h"
#include "schema/clock.h"

namespace keymeter {

/// The whole program behind main: parses what was asked for and runs the command; returns the exit code.
///
/// Two executables call it: the shipped one (main.cc) with the system's clock, and the one that tests start
/// (tests/support/keymeter_with_hooks.cc) with a clock and a crash hook of theirs.
/// Threads: that of main. Lifetime: borrows the clock. Tested by tests/integration/program_test.cc.
[[nodiscard]] int RunProgram(int argc, const char* const* argv, const processor::Environment& environment,
                             const Clock& clock);

}  // namespace keymeter
