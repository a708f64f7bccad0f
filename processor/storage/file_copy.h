#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

struct CopyOptions {
  bool replaces = false;                                                        ///< what stands at the target
  std::function<void(std::int64_t done, std::int64_t total)> on_progress = {};  ///< pages
  bool (*is_stopping)() = nullptr;                                              ///< true: give up
};

/// Copies a database, as one moment has it, into one file: no WAL, mode 0640, integrity checked, durable.
///
/// It is written to `<target>.partial` and gets its name when it is sound; else nothing is left. Writers of
/// `source` are never in its way, nor it in theirs; but the WAL cannot begin anew while pages are copied, so
/// that moment is let go before the copy is checked.
/// Threads: that of `source`. Errors: kRefused when the target is there already or cannot be made,
/// kUnavailable for a full disk, kCorrupt when the copy is not sound.
[[nodiscard]] Status CopyDatabase(Database& source, const std::string& target, const CopyOptions& options);

}  // namespace keymeter::processor
