#pragma once

#include <map>
#include <memory>
#include <string>

#include "schema/clock.h"
#include "tests/support/fast_clock.h"

/// What a test changes inside the program that it starts. The shipped program has none of this: an
/// environment with these variables is for the executable keymeter_with_hooks.
namespace keymeter::testing {

/// "STEADY_MS:WALL_MS:SPEED:SHIFT_FILE", the last of which may be empty: the program's clock is a FastClock
/// that began so.
inline constexpr const char* kClockVariable = "KEYMETER_TEST_CLOCK";
/// "flush.growth:3": SIGKILL at the third pass of the crash point flush.growth; "flush.growth": at the first.
inline constexpr const char* kCrashVariable = "KEYMETER_TEST_CRASH_AT";

using Variables = std::map<std::string, std::string>;

[[nodiscard]] bool HasHooks(const Variables& environment);

/// The value of kClockVariable.
[[nodiscard]] std::string ClockText(const FastClock::Start& start);

/// The clock that the environment asks for; without kClockVariable the system's.
[[nodiscard]] std::unique_ptr<const keymeter::Clock> HookedClock(const Variables& environment);

/// Sets the crash hook that the environment asks for. Once a process, before its threads start.
void HookCrashPoint(const Variables& environment);

/// The environment without what is meant for tests, which the program would refuse as unknown settings.
[[nodiscard]] Variables WithoutTestVariables(Variables environment);

}  // namespace keymeter::testing
