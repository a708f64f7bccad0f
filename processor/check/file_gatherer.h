#pragma once

#include "processor/check/facts.h"
#include "processor/config/options.h"
#include "schema/clock.h"

namespace keymeter::check {

/// Gathers facts about the usage file, its content, its directory and its disk.
///
/// Writes nothing: the file is opened for reading only and stays at its version. Threads: one.
/// Bounds: damage is looked for in files of up to 256 MB.
[[nodiscard]] FileFacts GatherFile(const processor::Options& options, const Clock& clock);

}  // namespace keymeter::check
