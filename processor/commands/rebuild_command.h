#pragma once

#include "processor/pipeline/processor.h"
#include "schema/clock.h"

namespace keymeter::processor {

/// What `keymeter rebuild` is asked to do.
struct RebuildOptions {
  ProcessorOptions processor;
  bool dry_run = false;  ///< say what would be done, and change nothing
  bool force = false;    ///< also if the file is sound, or if the relay keeps no usage
};

/// `keymeter rebuild`: replaces a damaged file by a new one, made from the relay's own history.
///
/// The new file is made beside the old one and takes its place when it is complete; until then nothing has
/// changed, however this ends. The damaged file is kept, with its WAL, under another name. The exit code: 0
/// done, 1 not done (it says why). Threads: one more than the caller's, for the processor. Lifetime: borrows
/// the clock. Tested by tests/integration/file_guard_test.cc.
[[nodiscard]] int Rebuild(RebuildOptions options, const Clock& clock);

}  // namespace keymeter::processor
