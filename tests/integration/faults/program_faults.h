#pragma once

#include "tests/integration/faults/fault.h"

namespace keymeter::testing {

/// Kills it, and lets its next life end at a crash point of any name (schema/crash_point.h).
std::function<void()> KillAtACrashPoint(World& world);

}  // namespace keymeter::testing
