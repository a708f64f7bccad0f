#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "schema/error.h"
#include "schema/file_descriptor.h"

namespace keymeter::processor {

/// The right to write a database: one process at a time has it, for as long as this lives.
///
/// It is a lock of the kernel on `<db>.lock` beside the file (symbolic links resolved, so that two names of
/// one file share one lock), which ends with its process, however that ends: a lock is never stale. The lock
/// file stays; its content says who holds the lock. Readers need no lock.
/// Threads: one at a time.
class WriterLock {
 public:
  struct Holder {
    std::int64_t pid = 0;  ///< in its own container's numbers; 0: not written yet
    std::string since;     ///< RFC 3339
  };

  /// Errors, all kRefused: kHeldByAnother while another process has it; kCannotOpen when the lock file cannot
  /// be made.
  static Result<WriterLock> Take(const std::string& db_path, std::int64_t now_ms);

  /// Who writes the file now; nothing when nobody does. Takes no lock and disturbs nobody. Error:
  /// kUnavailable when this user may not read the lock file.
  static Result<std::optional<Holder>> FindHolder(const std::string& db_path);

  [[nodiscard]] static std::string PathOf(const std::string& db_path);

 private:
  explicit WriterLock(FileDescriptor file) : file_(std::move(file)) {}

  FileDescriptor file_;
};

}  // namespace keymeter::processor
