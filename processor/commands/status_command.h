#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "schema/clock.h"

namespace keymeter::processor {

/// What `keymeter status` is asked to print.
struct StatusOptions {
  std::string db_path;
  bool json = false;
  std::optional<std::int64_t> watch_ms;  ///< repeat at this interval; nothing: once
};

/// `keymeter status`: prints the report. With `watch_ms` it repeats until SIGINT or SIGTERM: on a terminal in
/// place, on the alternate screen; elsewhere one block each time.
///
/// The exit code is that of the last report: 0 all is well, 1 not running, a problem, or no such file.
/// Threads: one. Lifetime: borrows the clock. Tested by tests/integration/status_test.cc.
[[nodiscard]] int ShowStatus(const StatusOptions& options, const Clock& clock);

}  // namespace keymeter::processor
