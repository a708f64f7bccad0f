#include "schema/database_copy.h"

namespace keymeter {

Result<DatabaseCopy> DatabaseCopy::Begin(Database& from, Database& to) {
  sqlite3* const target = to.handle_.get();
  sqlite3_backup* const handle = sqlite3_backup_init(target, "main", from.handle_.get(), "main");
  if (handle == nullptr) return Fail(SqliteError(sqlite3_extended_errcode(target), sqlite3_errmsg(target)));
  return DatabaseCopy(handle);
}

Result<bool> DatabaseCopy::Step(int pages) {
  const int code = sqlite3_backup_step(handle_.get(), pages);
  if (code == SQLITE_OK) return true;
  if (code == SQLITE_DONE) return false;
  return Fail(SqliteError(code, sqlite3_errstr(code)));
}

}  // namespace keymeter
