#include "schema/regular_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>

namespace keymeter {

namespace {

/// O_NONBLOCK: a FIFO is refused instead of waiting for somebody at its other end. Without effect on regular
/// files. O_NOCTTY: a terminal does not become ours.
constexpr int kAtOnce = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

tl::unexpected<Error> CannotOpen(ErrorCode code, const std::string& path, int reason) {
  const char* const text =
      reason == ELOOP ? "is a symbolic link, which is not followed" : std::strerror(reason);
  return Fail(MakeError(code, "{}: {}", path, text).Because(ErrorReason::kCannotOpen));
}

/// What is open is a regular file.
Result<FileDescriptor> Checked(ErrorCode code, const std::string& path, FileDescriptor file) {
  struct stat found {};
  if (::fstat(file.number(), &found) != 0) return CannotOpen(code, path, errno);
  if (S_ISDIR(found.st_mode)) return CannotOpen(code, path, EISDIR);
  if (!S_ISREG(found.st_mode)) return Fail(code, "{}: is no regular file", path);
  return file;
}

}  // namespace

Result<FileDescriptor> OpenToRead(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | kAtOnce));
  if (!file.IsOpen()) return CannotOpen(ErrorCode::kInvalid, path, errno);
  return Checked(ErrorCode::kInvalid, path, std::move(file));
}

Result<FileDescriptor> OpenOurs(const std::string& path, mode_t mode_of_new) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | kAtOnce, mode_of_new));
  if (!file.IsOpen()) return CannotOpen(ErrorCode::kRefused, path, errno);
  return Checked(ErrorCode::kRefused, path, std::move(file));
}

Result<FileDescriptor> OpenOursToLook(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | kAtOnce));
  if (!file.IsOpen() && errno == ENOENT) return file;
  if (!file.IsOpen()) return CannotOpen(ErrorCode::kRefused, path, errno);
  return Checked(ErrorCode::kRefused, path, std::move(file));
}

Status CheckReplaceable(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return CannotOpen(ErrorCode::kRefused, path, errno);
  }
  if (S_ISLNK(found.st_mode))
    return Fail(ErrorCode::kRefused, "{}: is a symbolic link: name the file itself", path);
  if (!S_ISREG(found.st_mode)) return Fail(ErrorCode::kRefused, "{}: is no regular file", path);
  return {};
}

}  // namespace keymeter
