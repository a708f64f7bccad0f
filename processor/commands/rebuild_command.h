#pragma once

#include "processor/pipeline/processor.h"
#include "schema/clock.h"

namespace keymeter::processor {

struct RebuildOptions {
  ProcessorOptions processor;
  bool dry_run = false;  ///< say what would be done, and touch nothing
  bool force = false;    ///< also when the file is sound, or the relay keeps nothing
};

/// `keymeter rebuild`: a new file from the relay's own history in the place of a damaged one, which is put
/// aside with its WAL. The new one is made beside it and takes its place when it is whole: until then nothing
/// has changed, however this ends.
///
/// The exit code: 0 done, 1 not (says why).
[[nodiscard]] int Rebuild(RebuildOptions options, const Clock& clock);

}  // namespace keymeter::processor
