#pragma once

#include "benchmarks/program/e2e/options.h"

namespace keymeter::e2e {

/// keymeter under one load for minutes: was it cut off, did hours drift, how late were rows, and which
/// program reached a full core first? Prints and writes the figures, and returns the exit code of the
/// program.
[[nodiscard]] int RunSteady(const Options& options);

}  // namespace keymeter::e2e
