#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "schema/clock.h"

namespace keymeter::processor {

struct StatusOptions {
  std::string db_path;
  bool json = false;
  std::optional<std::int64_t> watch_ms;  ///< how often it is shown again; nothing: once
};

/// `keymeter status`: prints the report. With `watch_ms` until SIGINT or SIGTERM: on a terminal in place,
/// on a screen of its own; else one block each time.
///
/// The exit code: that of the last report: 0 all is well, 1 not running, a problem or no such file.
[[nodiscard]] int ShowStatus(const StatusOptions& options, const Clock& clock);

}  // namespace keymeter::processor
