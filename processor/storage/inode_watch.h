#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <sys/types.h>

#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Is the file that a writer has open still the one that everybody else finds at its path? When it is not,
/// what is written goes nowhere, without an error of SQLite's.
///
/// Made just after the file was opened. Not for a file that is written over in its place: that is damage.
/// Threads: any; it does not change.
class InodeWatch {
 public:
  explicit InodeWatch(const std::string& db_path);

  /// An error (kRefused) once the file is deleted, moved away or replaced. Costs a stat.
  [[nodiscard]] Status CheckInPlace() const;

  /// Saves what `database`, which has the lost file open, sees: to `<db>.rescued-<time>`, which is returned.
  /// And takes -wal and -shm of the lost file away: SQLite would apply them to the one that comes to its
  /// place.
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
