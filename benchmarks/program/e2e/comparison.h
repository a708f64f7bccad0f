#pragma once

#include "benchmarks/program/e2e/options.h"

namespace keymeter::e2e {

/// Every subject under every load, repeated and interleaved: progress on stderr, tables on stdout, figures
/// into the JSON file after each run. The exit code of the program.
[[nodiscard]] int Compare(const Options& options);

}  // namespace keymeter::e2e
