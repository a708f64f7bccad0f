#include "schema/sqlite.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/crash_point.h"
#include "schema/file_descriptor.h"
#include "schema/percent.h"
#include "schema/sql_functions.h"

namespace keymeter {

namespace {

/// A stop may wait for it three times, and must end within five seconds.
constexpr int kBusyTimeoutMs = 1000;
constexpr off_t kSmallestPage = 512;  ///< bytes

ErrorCode CodeOf(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
      return ErrorCode::kUnavailable;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorCode::kRefused;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return ErrorCode::kCorrupt;
    default:
      return ErrorCode::kInternal;
  }
}

tl::unexpected<Error> FailedOn(sqlite3* handle) {
  return Fail(SqliteError(sqlite3_extended_errcode(handle), sqlite3_errmsg(handle)));
}

tl::unexpected<Error> CannotOpen(const std::string& path, int reason) {
  return Fail(MakeError(ErrorCode::kRefused,
                        "open {}: {}; the directory must exist and be writable by this user", path,
                        std::strerror(reason))
                  .Because(ErrorReason::kCannotOpen));
}

/// Creates the file, so that it has its mode from its first byte on; SQLite gives the same mode to -wal and
/// -shm. An existing file is not opened: closing it would drop the locks of other connections of this process
/// to it.
Status CreateFile(const std::string& path) {
  if (FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kDatabaseFileMode)).IsOpen())
    return {};
  struct stat found {};
  if (errno != EEXIST || ::stat(path.c_str(), &found) != 0) return CannotOpen(path, errno);
  if (S_ISDIR(found.st_mode)) return CannotOpen(path, EISDIR);
  if (::access(path.c_str(), W_OK) != 0) return CannotOpen(path, errno);
  // SQLite takes a file shorter than its smallest page for an empty one, and would overwrite it.
  if (found.st_size > 0 && found.st_size < kSmallestPage)
    return Fail(MakeError(ErrorCode::kCorrupt, "open {}: file is not a database", path)
                    .Because(ErrorReason::kDamaged));
  return {};
}

/// Characters of the path that have a meaning in a URI are escaped.
std::string ImmutableUri(const std::string& path) {
  const auto keeps = [](char c) { return c != '%' && c != '?' && c != '#'; };
  return "file:" + PercentEncode(path, keeps) + "?immutable=1";
}

}  // namespace

Error SqliteError(int sqlite_code, std::string_view text) {
  const ErrorCode code = CodeOf(sqlite_code);
  const bool is_damaged = code == ErrorCode::kCorrupt;
  return MakeError(code, "{}", text).Because(is_damaged ? ErrorReason::kDamaged : ErrorReason::kUnspecified);
}

Statement& Statement::Bind(int position, std::int64_t value) {
  sqlite3_bind_int64(handle_.get(), position, value);
  return *this;
}

Statement& Statement::Bind(int position, double value) {
  sqlite3_bind_double(handle_.get(), position, value);
  return *this;
}

Statement& Statement::Bind(int position, std::string_view value) {
  // An empty view may have no address; SQLite would take that for NULL.
  sqlite3_bind_text64(handle_.get(), position, value.empty() ? "" : value.data(), value.size(),
                      SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::BindNull(int position) {
  sqlite3_bind_null(handle_.get(), position);
  return *this;
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  auto failure = FailedOn(sqlite3_db_handle(handle_.get()));
  sqlite3_reset(handle_.get());
  return failure;
}

Status Statement::Run() {
  const auto row = Step();
  Reset();
  if (!row) return Fail(row.error());
  return {};
}

void Statement::Reset() {
  sqlite3_reset(handle_.get());
}

std::string_view Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

bool Database::StandsStill(const std::string& path) {
  struct stat found {};
  if (::stat((path + "-shm").c_str(), &found) == 0) return false;
  if (::stat((path + "-wal").c_str(), &found) == 0 && found.st_size > 0) return false;
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  // On a read-only mount access() refuses root as well.
  return ::access(directory.empty() ? "." : directory.c_str(), W_OK) != 0;
}

Result<Database> Database::Open(const std::string& path, Mode mode) {
  const bool writes = mode == Mode::kReadWrite;
  // SQLite would wait for a FIFO's other end.
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode))
    return Fail(MakeError(ErrorCode::kRefused, "open {}: is no regular file", path)
                    .Because(ErrorReason::kCannotOpen));
  if (writes) {
    RETURN_IF_ERROR(CreateFile(path));
  }
  const bool is_still = !writes && StandsStill(path);
  sqlite3* handle = nullptr;
  const int flags = (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX |
                    (is_still ? SQLITE_OPEN_URI : 0);
  const std::string name = is_still ? ImmutableUri(path) : path;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  Database database(path, handle);
  database.is_still_ = is_still;
  if (code != SQLITE_OK) {
    Error error = SqliteError(code, sqlite3_errmsg(handle)).In(fmt::format("open {}", path));
    if (error.reason == ErrorReason::kUnspecified) error.reason = ErrorReason::kCannotOpen;
    return Fail(std::move(error));
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // No checkpoint on close: a file that Migrate refuses is left as it is, its WAL included.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  AddSqlFunctions(handle, writes);
  int keep_wal = 1;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keep_wal);
  return database;
}

Result<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return FailedOn(handle_.get());
  return Statement(handle);
}

Status Database::Execute(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return FailedOn(handle_.get());
  return {};
}

Result<std::int64_t> Database::QueryInt(std::string_view sql) {
  ASSIGN_OR_RETURN(auto statement, Prepare(sql));
  ASSIGN_OR_RETURN(const auto row, statement.Step());
  if (!row) return Fail(ErrorCode::kInternal, "no row from: {}", sql);
  return statement.Int(0);
}

Status Database::Checkpoint() {
  CrashPoint("checkpoint.before");
  if (sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) !=
      SQLITE_OK)
    return FailedOn(handle_.get());
  CrashPoint("checkpoint.after");
  return {};
}

Result<bool> Database::TryCheckpoint() {
  sqlite3_busy_timeout(handle_.get(), 0);
  const int code =
      sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(handle_.get(), kBusyTimeoutMs);
  if (code == SQLITE_OK) return true;
  if ((code & 0xff) == SQLITE_BUSY) return false;
  return FailedOn(handle_.get());
}

Status Database::LeaveWal() {
  int keep_wal = 0;
  sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_PERSIST_WAL, &keep_wal);
  return Execute("PRAGMA journal_mode = DELETE");
}

void Database::StopWhen(bool (*is_stopping)()) {
  constexpr int kInstructions = 100'000;
  sqlite3_progress_handler(
      handle_.get(), kInstructions, [](void* asked) { return reinterpret_cast<bool (*)()>(asked)() ? 1 : 0; },
      reinterpret_cast<void*>(is_stopping));
}

Result<Transaction> Transaction::Begin(Database& database) {
  RETURN_IF_ERROR(database.Execute("BEGIN IMMEDIATE"));
  return Transaction(&database);
}

Transaction::~Transaction() {
  // Some errors (disk full, I/O) end a transaction by themselves; this ROLLBACK then fails, which does no
  // harm.
  if (database_ != nullptr) (void)database_->Execute("ROLLBACK");
}

Status Transaction::Commit() {
  RETURN_IF_ERROR(database_->Execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace keymeter
