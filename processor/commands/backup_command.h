#pragma once

#include <string>

namespace keymeter::processor {

struct BackupOptions {
  std::string db_path;
  std::string target;
  bool force = false;  ///< replaces what stands at the target
};

/// `keymeter backup FILE`: a copy of one moment, also while a processor writes the file; see CopyDatabase.
///
/// The exit code: 0 it is there and sound, 1 it is not (nothing half is left), 2 the target cannot be meant.
[[nodiscard]] int Backup(const BackupOptions& options);

}  // namespace keymeter::processor
