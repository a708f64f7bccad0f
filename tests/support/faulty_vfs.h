#pragma once

#include <memory>
#include <string>

namespace keymeter::testing {

/// SQLite's files on a disk that fails when told to. While the object lives, connections that are opened use
/// it; they must be closed before it goes. Threads: the setters from any.
class FaultyVfs {
 public:
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

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace keymeter::testing
