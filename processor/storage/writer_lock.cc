#include "processor/storage/writer_lock.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include <fcntl.h>

#include "processor/storage/wal_files.h"
#include "schema/civil_time.h"
#include "schema/regular_file.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

namespace {

/// An "open file description lock" (fcntl(2)): its state can be read without taking it, unlike that of
/// flock(2).
struct flock WholeFile(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

/// "4711 2026-11-25T22:20:49Z"
WriterLock::Holder ReadHolder(const FileDescriptor& file) {
  std::array<char, 64> buffer{};
  const ssize_t length = ::pread(file.number(), buffer.data(), buffer.size(), 0);
  const std::string_view text(buffer.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  WriterLock::Holder holder;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), holder.pid);
  if (error != std::errc()) return {};
  const auto blank = static_cast<std::size_t>(end - text.data());
  holder.since = text.substr(std::min(text.size(), blank + 1));
  holder.since.resize(std::min(holder.since.size(), holder.since.find('\n')));
  return holder;
}

/// The text is for people only: the lock holds also when the text cannot be written, as on a full disk.
void WriteHolder(const FileDescriptor& file, std::int64_t now_ms) {
  const std::string text = fmt::format("{} {}\n", ::getpid(), FormatRfc3339(now_ms / 1000 * 1000));
  if (::ftruncate(file.number(), 0) == 0)
    (void)(::pwrite(file.number(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
}

tl::unexpected<Error> IsHeld(const std::string& db_path, const WriterLock::Holder& holder) {
  const std::string who = holder.pid == 0
                              ? "another keymeter, which has just started"
                              : fmt::format("keymeter process {} since {}", holder.pid, holder.since);
  return Fail(MakeError(ErrorCode::kRefused, "{} is written by {}", db_path, who)
                  .Because(ErrorReason::kHeldByAnother)
                  .Remedy("stop it first, or name another --db"));
}

}  // namespace

std::string WriterLock::PathOf(const std::string& db_path) {
  return ResolvedPath(db_path) + ".lock";
}

Result<WriterLock> WriterLock::Take(const std::string& db_path, std::int64_t now_ms) {
  std::error_code ignored;
  if (std::filesystem::is_directory(db_path, ignored))
    return Fail(MakeError(ErrorCode::kRefused, "{} is a directory", db_path)
                    .Because(ErrorReason::kCannotOpen)
                    .Remedy("name a file in --db"));
  const std::string path = PathOf(db_path);
  auto file = OpenOurs(path, kDatabaseFileMode);
  if (!file)
    return Fail(MakeError(ErrorCode::kRefused,
                          "open {}; the directory must exist and be writable by this user",
                          file.error().message)
                    .Because(ErrorReason::kCannotOpen));
  struct flock lock = WholeFile(F_WRLCK);
  if (::fcntl(file->number(), F_OFD_SETLK, &lock) == 0) {
    WriteHolder(*file, now_ms);
    return WriterLock(std::move(*file));
  }
  if (errno == EAGAIN || errno == EACCES) return IsHeld(db_path, ReadHolder(*file));
  return Fail(ErrorCode::kRefused, "lock {}: {}", path, std::strerror(errno));
}

Result<std::optional<WriterLock::Holder>> WriterLock::FindHolder(const std::string& db_path) {
  const std::string path = PathOf(db_path);
  auto opened = OpenOursToLook(path);
  if (!opened) return Fail(ErrorCode::kUnavailable, "look at {}", opened.error().message);
  const FileDescriptor file = std::move(*opened);
  if (!file.IsOpen()) return std::nullopt;
  struct flock lock = WholeFile(F_RDLCK);
  if (::fcntl(file.number(), F_OFD_GETLK, &lock) != 0)
    return Fail(ErrorCode::kUnavailable, "look at {}: {}", path, std::strerror(errno));
  if (lock.l_type == F_UNLCK) return std::nullopt;
  return ReadHolder(file);
}

}  // namespace keymeter::processor
