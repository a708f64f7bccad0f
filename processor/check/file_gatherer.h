#pragma once

#include "processor/check/facts.h"
#include "processor/config/options.h"

namespace keymeter::check {

/// Looks at the usage file, its directory and its disk, and into it. Nothing is written: the file is opened
/// for reading only, and by nobody's help brought to a newer version.
///
/// Bounds: damage is looked for in files of up to 256 MB.
[[nodiscard]] FileFacts GatherFile(const processor::Options& options);

}  // namespace keymeter::check
