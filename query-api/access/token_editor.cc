#include "query-api/access/token_editor.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "query-api/access/watched_file.h"
#include "schema/file_descriptor.h"

namespace keymeter::query_api {

namespace {

constexpr mode_t kNewFileMode = 0600;
constexpr mode_t kOwnerAndGroup = 0770;

tl::unexpected<Error> NotWritten(const std::string& path) {
  const bool may_not = errno == EPERM || errno == EACCES;
  return Fail(ErrorCode::kRefused, "write {}: {}{}", path, std::strerror(errno),
              may_not ? "; run this as its owner, or as root" : "");
}

/// Follows symbolic links, so that the file is replaced and not a link to it.
std::string Resolved(const std::string& path) {
  std::error_code ignored;
  const auto resolved = std::filesystem::weakly_canonical(path, ignored);
  return ignored || resolved.empty() ? path : resolved.string();
}

Status Lock(const FileDescriptor& directory, const std::string& path) {
  constexpr int kTries = 250;
  constexpr auto kPause = std::chrono::milliseconds(20);
  for (int i = 0; i < kTries; ++i) {
    if (::flock(directory.number(), LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK && errno != EINTR)
      return Fail(ErrorCode::kRefused, "lock the directory of {}: {}", path, std::strerror(errno));
    std::this_thread::sleep_for(kPause);
  }
  return Fail(ErrorCode::kUnavailable, "{} is being edited by another one since five seconds: try again",
              path);
}

/// Gives the new file the owner, group and permissions of the old one, so that the server can still read it.
bool TakeRights(const FileDescriptor& file, const std::string& path) {
  struct stat old {};
  if (::stat(path.c_str(), &old) != 0) return ::fchmod(file.number(), kNewFileMode) == 0;
  return ::fchown(file.number(), old.st_uid, old.st_gid) == 0 &&
         ::fchmod(file.number(), old.st_mode & kOwnerAndGroup) == 0;
}

bool WriteAll(const FileDescriptor& file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file.number(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file.number()) == 0;
}

Status Replace(const std::string& path, const FileDescriptor& directory, const std::string& text) {
  const std::string partial = path + ".partial";
  ::unlink(partial.c_str());  // left behind by a process that was killed: we hold the lock
  const FileDescriptor file(
      ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kNewFileMode));
  if (!file.IsOpen()) return NotWritten(partial);
  if (!WriteAll(file, text) || !TakeRights(file, path) || std::rename(partial.c_str(), path.c_str()) != 0) {
    auto failed = NotWritten(path);
    ::unlink(partial.c_str());
    return failed;
  }
  ::fsync(directory.number());
  return {};
}

}  // namespace

Result<StoredTokens> ReadTokens(const std::string& path) {
  ASSIGN_OR_RETURN(const auto file, ReadTrustedFile(path, kMaxTokenFileBytes));
  auto tokens = ParseTokenFile(file.text);
  return tokens ? std::move(tokens) : Fail(tokens.error().In(path));
}

Status EditTokens(const std::string& path, MissingFile missing,
                  const std::function<Status(StoredTokens&)>& edit) {
  const std::string resolved = Resolved(path);
  const std::string parent = std::filesystem::path(resolved).parent_path().string();
  const std::string directory_path = parent.empty() ? "." : parent;
  const FileDescriptor directory(::open(directory_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.IsOpen()) return Fail(ErrorCode::kRefused, "{}: {}", directory_path, std::strerror(errno));
  RETURN_IF_ERROR(Lock(directory, path));
  StoredTokens tokens;
  if (missing == MissingFile::kIsAnError || ::access(resolved.c_str(), F_OK) == 0) {
    auto read = ReadTokens(resolved);
    if (!read) return Fail(ErrorCode::kRefused, "{}", read.error().Text());
    tokens = std::move(*read);
  }
  RETURN_IF_ERROR(edit(tokens));
  return Replace(resolved, directory, TokenFileText(tokens));
}

}  // namespace keymeter::query_api
