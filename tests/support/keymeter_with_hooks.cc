// The program as tests start it that need a clock of their own, or a crash at a certain place. All but this
// file is the shipped program.

#include "processor/program/program.h"
#include "tests/support/test_hooks.h"

int main(int argc, char** argv) {
  namespace hooks = keymeter::testing;
  const auto environment = keymeter::processor::ProcessEnvironment();
  hooks::HookCrashPoint(environment);
  const auto clock = hooks::HookedClock(environment);
  return keymeter::RunProgram(argc, argv, hooks::WithoutTestVariables(environment), *clock);
}
