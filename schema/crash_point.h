#pragma once

#include <string_view>

namespace keymeter {

/// A place where a test may ask the program to die: with SIGKILL, as by a power cut, and nothing is tidied
/// up.
///
/// KEYMETER_TEST_CRASH_AT=flush.growth:3 dies at the third pass of flush.growth ("flush.growth": the first).
/// The fault suite sets it (tests/integration/faults); users do not. Threads: any. Costs a look at a bool
/// where it is not set.
void CrashPoint(std::string_view name);

}  // namespace keymeter
