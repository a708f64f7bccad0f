#pragma once

#include <string>

namespace keymeter::processor {

/// What `keymeter backup` is asked to copy, and where to.
struct BackupOptions {
  std::string db_path;
  std::string target;
  bool force = false;  ///< replace an existing target
};

/// `keymeter backup FILE`: copies the database as of one moment, also while a processor writes it; see
/// CopyDatabase.
///
/// The exit code: 0 the copy is there and sound, 1 it is not (no partial copy is left), 2 the target makes no
/// sense. Threads: one; takes over SIGINT, SIGTERM and SIGHUP. Tested by tests/integration/backup_test.cc.
[[nodiscard]] int Backup(const BackupOptions& options);

}  // namespace keymeter::processor
