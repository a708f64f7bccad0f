#pragma once

#include <cstdint>
#include <memory>

#include <sqlite3.h>

#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter {

/// Copies every page of a database into an empty one, in steps.
///
/// When `from` is inside a transaction that reads (BEGIN, and a SELECT), it is a copy of that moment, and
/// writes of others do not make it begin anew.
/// Threads: one, that of both databases. Lifetime: borrows both.
/// Tested by tests/processor/storage/file_copy_test.cc.
class DatabaseCopy {
 public:
  static Result<DatabaseCopy> Begin(Database& from, Database& to);

  /// Copies at most `pages` more; true while there are any left. After false the copy is committed.
  [[nodiscard]] Result<bool> Step(int pages);
  [[nodiscard]] std::int64_t total() const { return sqlite3_backup_pagecount(handle_.get()); }
  [[nodiscard]] std::int64_t done() const { return total() - sqlite3_backup_remaining(handle_.get()); }

 private:
  struct Finish {
    void operator()(sqlite3_backup* copy) const { sqlite3_backup_finish(copy); }
  };
  explicit DatabaseCopy(sqlite3_backup* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3_backup, Finish> handle_;
};

}  // namespace keymeter
