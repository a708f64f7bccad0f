#include "query-api/access/watched_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

FileStamp StampIn(const struct stat& file) {
  return {file.st_dev, file.st_ino, file.st_size, file.st_mtim.tv_sec * kNanoseconds + file.st_mtim.tv_nsec,
          file.st_ctim.tv_sec * kNanoseconds + file.st_ctim.tv_nsec};
}

class OpenFile {
 public:
  /// Does not wait for the writer of a pipe.
  explicit OpenFile(const std::string& path)
      : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~OpenFile() {
    if (number_ >= 0) ::close(number_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  [[nodiscard]] int number() const { return number_; }

  /// Up to `longest` bytes.
  [[nodiscard]] Result<std::string> Read(std::size_t longest) const {
    std::string text(longest, '\0');
    std::size_t size = 0;
    while (size < longest) {
      const ssize_t count = ::read(number_, text.data() + size, longest - size);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return Fail(ErrorCode::kUnavailable, "{}", std::strerror(errno));
      if (count == 0) break;
      size += static_cast<std::size_t>(count);
    }
    text.resize(size);
    return text;
  }

 private:
  int number_;
};

}  // namespace

FileStamp FileStamp::Of(const std::string& path) {
  struct stat file {};
  return ::stat(path.c_str(), &file) == 0 ? StampIn(file) : FileStamp{};
}

Result<SmallFile> ReadSmallFile(const std::string& path, std::size_t longest) {
  const OpenFile file(path);
  struct stat found {};
  if (file.number() < 0 || ::fstat(file.number(), &found) != 0)
    return Fail(ErrorCode::kInvalid, "{}: {}", path, std::strerror(errno));
  if (!S_ISREG(found.st_mode)) return Fail(ErrorCode::kInvalid, "{}: is no regular file", path);
  if ((found.st_mode & S_IWOTH) != 0)
    return Fail(ErrorCode::kInvalid, "{}: everybody may write it, and so let himself in; chmod 600 it", path);
  auto text = file.Read(longest + 1);
  if (!text) return Fail(text.error().In(path));
  if (text->size() > longest) return Fail(ErrorCode::kInvalid, "{}: is longer than {} bytes", path, longest);
  return SmallFile{std::move(*text), StampIn(found)};
}

}  // namespace keymeter::query_api
