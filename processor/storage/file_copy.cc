#include "processor/storage/file_copy.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "processor/storage/integrity.h"
#include "processor/storage/wal_files.h"
#include "schema/file_descriptor.h"

namespace keymeter::processor {

namespace {

constexpr mode_t kFileMode = 0640;
constexpr int kPagesAStep = 1024;

/// The file that becomes the target, or nothing. One that was left behind is written over; one that is being
/// written is not (it is locked).
class PartialFile {
 public:
  static Result<PartialFile> Create(const std::string& target) {
    PartialFile partial(target);
    const std::string& path = partial.path_;
    partial.file_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode));
    if (!partial.file_.IsOpen())
      return Fail(MakeError(ErrorCode::kRefused, "open {}: {}", path, std::strerror(errno))
                      .Because(ErrorReason::kCannotOpen));
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

  [[nodiscard]] Status Commit() {
    // What belonged to the file that was there would be applied to this one.
    for (const std::string_view suffix : {"-wal", "-shm"}) ::unlink((target_ + std::string(suffix)).c_str());
    if (::fsync(file_.number()) != 0 || std::rename(path_.c_str(), target_.c_str()) != 0)
      return Fail(ErrorCode::kUnavailable, "finish {}: {}", target_, std::strerror(errno));
    is_ours_ = false;
    SyncDirectoryOf(target_);
    return {};
  }

 private:
  explicit PartialFile(const std::string& target) : target_(target), path_(target + ".partial") {}

  /// Not when another one has just given it its name.
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

/// Until it ends, the source shows one moment.
class Snapshot {
 public:
  static Result<Snapshot> Begin(Database& database) {
    RETURN_IF_ERROR(database.Execute("BEGIN"));
    Snapshot snapshot(database);
    // BEGIN alone takes nothing: the first thing read does.
    RETURN_IF_ERROR(database.QueryInt("SELECT count(*) FROM sqlite_schema"));
    return snapshot;
  }
  Snapshot(Snapshot&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Snapshot& operator=(Snapshot&&) = delete;
  ~Snapshot() {
    if (database_ != nullptr) (void)database_->Execute("ROLLBACK");
  }

 private:
  explicit Snapshot(Database& database) : database_(&database) {}
  Database* database_;
};

Status Fill(Database& source, const std::string& path, const CopyOptions& options) {
  ASSIGN_OR_RETURN(auto target, Database::Open(path, Database::Mode::kReadWrite));
  // It is thrown away unless all of it is there, and made durable at the end: no journal on disk.
  for (const char* pragma : {"PRAGMA journal_mode = MEMORY", "PRAGMA synchronous = OFF"})
    RETURN_IF_ERROR(target.Execute(pragma));
  {
    ASSIGN_OR_RETURN(const auto snapshot, Snapshot::Begin(source));
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
  if (!options.replaces && ::access(target.c_str(), F_OK) == 0)
    return Fail(ErrorCode::kRefused, "{} is there already", target);
  ASSIGN_OR_RETURN(auto partial, PartialFile::Create(target));
  if (auto filled = Fill(source, partial.path(), options); !filled)
    return Fail(filled.error().In(fmt::format("copy to {}", target)));
  if (auto sound = CheckCopy(partial.path(), options); !sound)
    return Fail(sound.error().In(fmt::format("the copy at {}", target)));
  return partial.Commit();
}

}  // namespace keymeter::processor
