#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "schema/error.h"

namespace keymeter {

/// A prepared statement. Bind by position from 1, Step through the rows, Reset to use it again.
/// Threads: one at a time, that of its Database. Lifetime: not beyond its Database.
class Statement {
 public:
  Statement() = default;

  Statement& Bind(int position, std::int64_t value);
  Statement& Bind(int position, int value) { return Bind(position, static_cast<std::int64_t>(value)); }
  Statement& Bind(int position, bool value) = delete;  // say which number it is
  Statement& Bind(int position, double value);
  Statement& Bind(int position, std::string_view value);  ///< copied
  Statement& Bind(int position, const char* value) { return Bind(position, std::string_view(value)); }
  Statement& BindNull(int position);

  /// True when there is a row to read. Errors: kUnavailable for busy, locked, full and I/O, kCorrupt,
  /// kInternal.
  [[nodiscard]] Result<bool> Step();
  /// Steps a statement without rows to its end and resets it.
  [[nodiscard]] Status Run();
  void Reset();

  [[nodiscard]] std::int64_t Int(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  [[nodiscard]] double Real(int column) const { return sqlite3_column_double(handle_.get(), column); }
  [[nodiscard]] std::string_view Text(int column) const;  ///< valid until the next Step or Reset
  [[nodiscard]] bool IsNull(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// One SQLite connection.
///
/// A writer's is the only one in the process that writes and checkpoints (SQLite 3.40 has a race between
/// two checkpointing connections); a reader's never checkpoints and cannot write. Both keep the WAL files
/// on close, as they are, so that a reader without permission to write works while the writer is down;
/// call Checkpoint before the end to leave an empty WAL.
/// Threads: one at a time. Lifetime: owns the handle; outlives its statements.
class Database {
 public:
  enum class Mode { kReadOnly, kReadWrite };

  /// Opens (kReadWrite: creates, mode 0640) the file. Does not look into it: see Migrate and CheckReadable.
  /// For reading, a file that stands still is taken as it is.
  static Result<Database> Open(const std::string& path, Mode mode);
  /// Nobody has the file open for writing and we may make nothing beside it: a copy on a read-only mount, or
  /// in a directory of somebody else. SQLite could not make the shared memory that a reader of a file with a
  /// WAL needs.
  [[nodiscard]] static bool StandsStill(const std::string& path);

  [[nodiscard]] Result<Statement> Prepare(std::string_view sql);
  /// Runs statements that take no values and give no rows.
  [[nodiscard]] Status Execute(const std::string& sql);
  /// The first column of the first row.
  [[nodiscard]] Result<std::int64_t> QueryInt(std::string_view sql);
  /// Moves the whole WAL into the file and empties it.
  [[nodiscard]] Status Checkpoint();
  /// The same without waiting: false when somebody reads or writes meanwhile, and the WAL stays.
  [[nodiscard]] Result<bool> TryCheckpoint();
  /// Out of WAL mode, for a copy that is to be carried away: one file, with nothing beside it. Nobody else
  /// may have it open.
  [[nodiscard]] Status LeaveWal();
  /// What runs ends with an error once `is_stopping` says so: it is asked every few milliseconds.
  void StopWhen(bool (*is_stopping)());

  [[nodiscard]] const std::string& path() const { return path_; }
  /// It stood still when it was opened. Once it does not any more, open it again: changes are not seen here.
  [[nodiscard]] bool is_still() const { return is_still_; }

 private:
  friend class DatabaseCopy;
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  Database(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}

  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
  bool is_still_ = false;
};

/// Copies every page of a database into an empty one, in steps.
///
/// Under a transaction of `from` that reads (BEGIN, and a SELECT) it is a copy of that moment, and what
/// others write meanwhile does not make it begin anew. Threads: one, that of both. Lifetime: borrows both.
class DatabaseCopy {
 public:
  static Result<DatabaseCopy> Begin(Database& from, Database& to);

  /// At most `pages` more; true while there are any left. After false the copy is committed.
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

/// BEGIN IMMEDIATE … COMMIT; rolls back when it goes out of scope without Commit.
class Transaction {
 public:
  static Result<Transaction> Begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  [[nodiscard]] Status Commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

}  // namespace keymeter
