#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace keymeter::testing {

/// A disk under SQLite that fails when told to, and counts what is asked of it.
///
/// Connections that are opened while the object lives use it. Threads: any. Lifetime: those connections must
/// be closed before it ends.
class FaultyVfs {
 public:
  /// What was asked of the disk.
  struct Traffic {
    std::int64_t writes = 0;
    std::int64_t bytes = 0;
    std::int64_t syncs = 0;
  };

  FaultyVfs();
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  /// Writes to files whose names end in `suffix` ("-wal", ".db") fail with `code` (SQLITE_FULL,
  /// SQLITE_IOERR_WRITE), after `after` more that succeed.
  void FailWrites(const std::string& suffix, int code, int after = 0);
  void FailSyncs(const std::string& suffix);
  void Mend();
  [[nodiscard]] int faults() const;  ///< calls that failed so far
  /// Of all files whose names end in `suffix`, since the beginning.
  [[nodiscard]] Traffic TrafficOf(const std::string& suffix) const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace keymeter::testing
