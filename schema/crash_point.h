#pragma once

#include <string_view>

namespace keymeter {

/// Called at each crash point with its name; a test's hook may end the process there, as a power cut does.
using CrashHook = void (*)(std::string_view name);

/// Set before any thread starts. The shipped program sets none: tests/support/test_hooks.h does.
void SetCrashHook(CrashHook hook);

/// A place in the code where a test may end the program with SIGKILL: nothing is tidied up.
///
/// Not for code that runs per event. Threads: any. Costs a look at a pointer where no hook is set.
/// The fault suite (tests/integration/faults) knows the names of all places.
void CrashPoint(std::string_view name);

}  // namespace keymeter
