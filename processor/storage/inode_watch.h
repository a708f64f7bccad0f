#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <sys/types.h>

#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Tells whether the file that a writer has open is still the one at its path. When it is not, what is
/// written is lost, and SQLite reports no error.
///
/// To be made just after the file was opened. Not for a file whose bytes are overwritten in place: that is
/// damage (integrity.h).
/// Threads: any; it does not change.
class InodeWatch {
 public:
  explicit InodeWatch(const std::string& db_path);

  /// Error: kFileReplaced once the file is deleted, moved away or replaced. Costs one stat.
  [[nodiscard]] Status CheckInPlace() const;

  /// Saves what `database`, which has the lost file open, still sees; returns the copy's path,
  /// `<db>.rescued-<time>`. Removes -wal and -shm of the lost file from the directory: SQLite would apply
  /// them to the file that takes its place.
  [[nodiscard]] Result<std::string> Rescue(Database& database, std::int64_t now_ms) const;

 private:
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;  ///< 0: there is none
    bool operator==(const Identity&) const = default;
  };
  static Identity IdentityOf(const std::string& path);

  std::string path_;                ///< as SQLite resolved it
  std::array<Identity, 3> opened_;  ///< by kDatabaseSuffixes
};

}  // namespace keymeter::processor
