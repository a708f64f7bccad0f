#include "query-api/http/spool_file.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace keymeter::query_api {

namespace {

constexpr std::size_t kSpoolBufferBytes = 262'144;

tl::unexpected<Error> SpoolFailed(int reason) {
  return Fail(ErrorCode::kUnavailable,
              "the file of the response cannot be written: {} (--spool-dir names its directory)",
              std::strerror(reason));
}

FileDescriptor OpenWithoutName(const std::string& directory) {
  FileDescriptor file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600));
  if (file.IsOpen() || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return file;
  std::string name = directory + "/keymeter-XXXXXX";
  FileDescriptor named(::mkostemp(name.data(), O_CLOEXEC));
  if (named.IsOpen()) ::unlink(name.c_str());
  return named;
}

}  // namespace

Result<SpoolFile> SpoolFile::Create(const std::string& directory, std::uint64_t most_bytes) {
  FileDescriptor file = OpenWithoutName(directory);
  if (!file.IsOpen())
    return Fail(ErrorCode::kUnavailable,
                "the file of the response cannot be made: {}; --spool-dir names a directory for it",
                std::strerror(errno));
  return SpoolFile(std::move(file), most_bytes);
}

Status SpoolFile::Append(std::string_view bytes) {
  appended_ += bytes.size();
  if (appended_ > most_bytes_)
    return Fail(ErrorCode::kUnavailable,
                "the response needs more than the {} bytes of disk that it may take now: ask for less",
                most_bytes_);
  buffer_.append(bytes);
  return buffer_.size() < kSpoolBufferBytes ? Status() : Flush();
}

Status SpoolFile::Flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(file_.number(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SpoolFailed(errno);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
  return {};
}

Result<std::uint64_t> SpoolFile::Size() const {
  struct stat file {};
  if (::fstat(file_.number(), &file) != 0) return SpoolFailed(errno);
  return static_cast<std::uint64_t>(file.st_size);
}

Result<std::shared_ptr<FileBody>> SpoolFile::TakeBody() {
  RETURN_IF_ERROR(Flush());
  ASSIGN_OR_RETURN(const auto bytes, Size());
  auto body = std::make_shared<FileBody>();
  body->file = std::move(file_);
  body->bytes = bytes;
  return body;
}

Result<std::string> ReadAt(const FileDescriptor& file, std::uint64_t offset, std::size_t most) {
  std::string bytes(most, '\0');
  for (;;) {
    const ssize_t got = ::pread(file.number(), bytes.data(), most, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(ErrorCode::kUnavailable, "the file of the response cannot be read");
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }
}

}  // namespace keymeter::query_api
