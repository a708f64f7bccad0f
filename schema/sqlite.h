#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sqlite3.h>
#include <sys/types.h>

#include "schema/error.h"

namespace keymeter {

inline constexpr mode_t kDatabaseFileMode = 0640;  ///< of a database, and of files that belong to it

/// What a result code of SQLite means: kDamaged when the file's bytes are not what they should be.
[[nodiscard]] Error SqliteError(int sqlite_code, std::string_view text);

/// A prepared statement. Bind by position from 1, Step through the rows, Reset to use it again.
///
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

/// One SQLite connection. Besides SQLite's own functions its SQL has has_tag(json, tag): see tags.h.
///
/// A process has at most one connection that writes and checkpoints (SQLite 3.40 has a race between two
/// checkpointing connections); a reader's connection does neither. Both leave -wal and -shm as they are on
/// close, so that a reader without permission to write works while the writer is down; call Checkpoint at
/// the end to leave an empty WAL.
/// Threads: one at a time. Lifetime: owns the handle; outlives its statements.
class Database {
 public:
  enum class Mode { kReadOnly, kReadWrite };

  /// Opens the file; kReadWrite creates it when it is missing. Does not look into it: see Migrate and
  /// CheckReadable. For reading, a file that stands still is opened as immutable. Errors: kCannotOpen,
  /// kDamaged.
  static Result<Database> Open(const std::string& path, Mode mode);
  /// True when nobody has the file open for writing and we may create nothing beside it, as on a read-only
  /// mount or in a directory of somebody else. SQLite could not create the shared memory (-shm) that it needs
  /// to read a file with a WAL.
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
  /// Leaves WAL mode, for a copy that is carried elsewhere: one file, with nothing beside it. Nobody else may
  /// have it open.
  [[nodiscard]] Status LeaveWal();
  /// A statement that runs ends with an error once `is_stopping` returns true; it is asked every few
  /// milliseconds.
  void StopWhen(bool (*is_stopping)());

  [[nodiscard]] const std::string& path() const { return path_; }
  /// It stood still when it was opened (StandsStill). Open it again when it no longer does: this connection
  /// does not see changes.
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

/// BEGIN IMMEDIATE … COMMIT; rolls back when it goes out of scope without Commit.
///
/// Threads: that of its Database, which outlives it.
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
