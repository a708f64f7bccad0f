// The shipped program: no hooks, the system's clock.

#include "processor/program/program.h"

int main(int argc, char** argv) {
  const keymeter::SystemClock clock;
  return keymeter::RunProgram(argc, argv, keymeter::processor::ProcessEnvironment(), clock);
}
