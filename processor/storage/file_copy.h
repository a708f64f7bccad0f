#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// What CopyDatabase may replace, whom it tells how far it is, and when it gives up.
struct CopyOptions {
  /// A regular file at the target is replaced; else it is an error. A link, FIFO or device always is.
  bool replaces = false;
  /// Pages that were copied, of how many.
  std::function<void(std::int64_t done, std::int64_t total)> on_progress = {};
  bool (*is_stopping)() = nullptr;  ///< asked now and then; true: give up
};

/// Copies a database, as it is at one moment, into one file: no WAL, mode 0640, integrity checked, durable.
///
/// The copy is written to `<target>.partial` and renamed when it is sound; else nothing is left. It neither
/// waits for writers of `source` nor makes them wait. But their WAL only grows while a reader needs it, so
/// the read transaction ends before the copy is checked.
/// Threads: that of `source`.
/// Errors: kRefused when the target is there already or cannot be made, kUnavailable for a full disk,
/// kCorrupt when the copy is not sound.
[[nodiscard]] Status CopyDatabase(Database& source, const std::string& target, const CopyOptions& options);

}  // namespace keymeter::processor
