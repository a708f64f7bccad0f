#include "processor/storage/file_copy.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <sys/file.h>
#include <sys/stat.h>

#include "processor/storage/integrity.h"
#include "processor/storage/wal_files.h"
#include "schema/database_copy.h"
#include "schema/file_descriptor.h"
#include "schema/regular_file.h"

namespace keymeter::processor {

namespace {

constexpr int kPagesAStep = 1024;

/// Whether the copy may take this place. A link, a FIFO or a device is never replaced.
Status CheckTarget(const std::string& target, bool replaces) {
  struct stat found {};
  if (!replaces && ::lstat(target.c_str(), &found) == 0)
    return Fail(ErrorCode::kRefused, "{} is there already", target);
  return CheckReplaceable(target);
}

/// The file that becomes the target, or is removed at the end. A partial file that was left behind is
/// overwritten; one that another process is writing (it is locked) is not.
class PartialFile {
 public:
  static Result<PartialFile> Create(const std::string& target) {
    PartialFile partial(target);
    const std::string& path = partial.path_;
    auto file = OpenOurs(path, kDatabaseFileMode);
    if (!file) return Fail(std::move(file).error().In("open"));
    partial.file_ = std::move(*file);
    partial.is_ours_ = ::flock(partial.file_.number(), LOCK_EX | LOCK_NB) == 0 && partial.IsInPlace();
    if (!partial.is_ours_)
      return Fail(MakeError(ErrorCode::kRefused, "{} is being written by another one", path)
                      .Because(ErrorReason::kHeldByAnother));
    if (::ftruncate(partial.file_.number(), 0) != 0)
      return Fail(ErrorCode::kRefused, "truncate {}: {}", path, std::strerror(errno));
    return partial;
  }
  PartialFile(PartialFile&& other) noexcept
      : target_(std::move(other.target_)),
        path_(std::move(other.path_)),
        file_(std::move(other.file_)),
        is_ours_(std::exchange(other.is_ours_, false)) {}
  PartialFile& operator=(PartialFile&&) = delete;
  ~PartialFile() {
    if (is_ours_) RemoveDatabase(path_);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

  [[nodiscard]] Status Commit(bool replaces) {
    // The step that takes long and may fail comes first: until it is done, nothing is touched.
    if (::fsync(file_.number()) != 0) return Unfinished();
    RETURN_IF_ERROR(CheckTarget(target_, replaces));  // it may have come meanwhile
    // SQLite would apply the old file's WAL to the new one.
    for (const std::string_view suffix : {"-wal", "-shm"}) ::unlink((target_ + std::string(suffix)).c_str());
    if (std::rename(path_.c_str(), target_.c_str()) != 0) return Unfinished();
    is_ours_ = false;
    SyncDirectoryOf(target_);
    return {};
  }

 private:
  explicit PartialFile(const std::string& target) : target_(target), path_(target + ".partial") {}

  [[nodiscard]] tl::unexpected<Error> Unfinished() const {
    return Fail(ErrorCode::kUnavailable, "finish {}: {}", target_, std::strerror(errno));
  }
  /// False when another process has just renamed it to the target.
  [[nodiscard]] bool IsInPlace() const {
    struct stat opened {
    }, found{};
    return ::fstat(file_.number(), &opened) == 0 && ::stat(path_.c_str(), &found) == 0 &&
           opened.st_dev == found.st_dev && opened.st_ino == found.st_ino;
  }

  std::string target_;
  std::string path_;
  FileDescriptor file_;
  bool is_ours_ = false;
};

tl::unexpected<Error> Interrupted() {
  return Fail(ErrorCode::kUnavailable, "interrupted");
}

Status CopyPages(Database& source, Database& target, const CopyOptions& options) {
  ASSIGN_OR_RETURN(auto copy, DatabaseCopy::Begin(source, target));
  while (true) {
    ASSIGN_OR_RETURN(const auto is_more, copy.Step(kPagesAStep));
    if (options.on_progress) options.on_progress(copy.done(), copy.total());
    if (!is_more) return {};
    if (options.is_stopping != nullptr && options.is_stopping()) return Interrupted();
  }
}

/// A transaction that only reads: until it ends, `database` shows one moment.
class ReadTransaction {
 public:
  static Result<ReadTransaction> Begin(Database& database) {
    RETURN_IF_ERROR(database.Execute("BEGIN"));
    ReadTransaction transaction(database);
    // BEGIN alone fixes no moment yet: the first read does.
    RETURN_IF_ERROR(database.QueryInt("SELECT count(*) FROM sqlite_schema"));
    return transaction;
  }
  ReadTransaction(ReadTransaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  ReadTransaction& operator=(ReadTransaction&&) = delete;
  ~ReadTransaction() {
    if (database_ != nullptr) (void)database_->Execute("ROLLBACK");
  }

 private:
  explicit ReadTransaction(Database& database) : database_(&database) {}
  Database* database_;
};

Status Fill(Database& source, const std::string& path, const CopyOptions& options) {
  ASSIGN_OR_RETURN(auto target, Database::Open(path, Database::Mode::kReadWrite));
  // An incomplete copy is thrown away, and a complete one is made durable at the end: no journal is needed.
  for (const char* pragma : {"PRAGMA journal_mode = MEMORY", "PRAGMA synchronous = OFF"})
    RETURN_IF_ERROR(target.Execute(pragma));
  {
    ASSIGN_OR_RETURN(const auto moment, ReadTransaction::Begin(source));
    RETURN_IF_ERROR(CopyPages(source, target, options));
  }
  return target.LeaveWal();
}

Status CheckCopy(const std::string& path, const CopyOptions& options) {
  ASSIGN_OR_RETURN(auto copy, Database::Open(path, Database::Mode::kReadOnly));
  if (options.is_stopping != nullptr) copy.StopWhen(options.is_stopping);
  auto sound = CheckIntegrity(copy);
  if (!sound && options.is_stopping != nullptr && options.is_stopping()) return Interrupted();
  return sound;
}

}  // namespace

Status CopyDatabase(Database& source, const std::string& target, const CopyOptions& options) {
  RETURN_IF_ERROR(CheckTarget(target, options.replaces));
  ASSIGN_OR_RETURN(auto partial, PartialFile::Create(target));
  if (auto filled = Fill(source, partial.path(), options); !filled)
    return Fail(filled.error().In(fmt::format("copy to {}", target)));
  if (auto sound = CheckCopy(partial.path(), options); !sound)
    return Fail(sound.error().In(fmt::format("the copy at {}", target)));
  return partial.Commit(options.replaces);
}

}  // namespace keymeter::processor
