#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace keymeter::testing {

/// SQLite's files on a disk that fails when told to, and counts. While the object lives, connections that are
/// opened use it; they must be closed before it goes. Threads: all calls from any.
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

  /// From the `after`-th write (from now) on to a file whose name ends so, such as "-wal" or ".db", SQLite is
  /// told `code` (SQLITE_FULL, SQLITE_IOERR_WRITE) and nothing is written.
  void FailWrites(const std::string& suffix, int code, int after = 0);
  void FailSyncs(const std::string& suffix);
  void Mend();
  [[nodiscard]] int faults() const;  ///< so many calls failed
  /// Of all files whose names end so, since the beginning.
  [[nodiscard]] Traffic TrafficOf(const std::string& suffix) const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace keymeter::testing
