// What keymeter costs a relay, side by side with the floor, the usual first version, and nothing.

#include <cstdio>
#include <exception>

#include "benchmarks/program/e2e/comparison.h"
#include "benchmarks/program/e2e/options.h"
#include "benchmarks/program/e2e/steady.h"

int main(int argc, char** argv) {
  try {
    const keymeter::e2e::CommandLine line = keymeter::e2e::ParseCommandLine(argc, argv);
    if (line.exit_code) return *line.exit_code;
    return line.options.is_steady ? keymeter::e2e::RunSteady(line.options)
                                  : keymeter::e2e::Compare(line.options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "benchmarks/run: %s\n", error.what());
    return 2;
  }
}
