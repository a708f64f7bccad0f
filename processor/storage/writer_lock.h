#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "schema/error.h"
#include "schema/file_descriptor.h"

namespace keymeter::processor {

/// The right to write a database: one process at a time has it, for as long as this lives.
///
/// The kernel keeps it, on `<db>.lock` beside the file (symbolic links resolved, so that two names of one
/// file meet in one lock), and takes it back however its holder ends: nothing is ever stale. The lock file
/// stays; inside it stands who holds it. Readers need no lock.
/// Threads: one at a time.
class WriterLock {
 public:
  struct Holder {
    std::int64_t pid = 0;  ///< as its own container counts; 0: it has not said yet
    std::string since;     ///< RFC 3339
  };

  /// Errors: kRefused while another one has it (names it and the remedy), or when the lock file cannot be
  /// made.
  static Result<WriterLock> Take(const std::string& db_path, std::int64_t now_ms);

  /// Who writes the file now; nothing: nobody. It looks only, and is in nobody's way. Error: kUnavailable
  /// when this user may not look.
  static Result<std::optional<Holder>> FindHolder(const std::string& db_path);

  [[nodiscard]] static std::string PathOf(const std::string& db_path);

 private:
  explicit WriterLock(FileDescriptor file) : file_(std::move(file)) {}

  FileDescriptor file_;
};

}  // namespace keymeter::processor
