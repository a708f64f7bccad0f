#include "query-api/access/watched_file.h"

#include <cerrno>
#include <cstring>

#include <sys/stat.h>

#include "schema/file_descriptor.h"
#include "schema/regular_file.h"
#include "schema/small_file.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

FileStamp StampIn(const struct stat& file) {
  return {file.st_dev, file.st_ino, file.st_size, file.st_mtim.tv_sec * kNanoseconds + file.st_mtim.tv_nsec,
          file.st_ctim.tv_sec * kNanoseconds + file.st_ctim.tv_nsec};
}

}  // namespace

FileStamp FileStamp::Of(const std::string& path) {
  struct stat file {};
  return ::stat(path.c_str(), &file) == 0 ? StampIn(file) : FileStamp{};
}

Result<TrustedFile> ReadTrustedFile(const std::string& path, std::size_t longest) {
  ASSIGN_OR_RETURN(const FileDescriptor file, OpenToRead(path));
  struct stat found {};
  if (::fstat(file.number(), &found) != 0)
    return Fail(MakeError(ErrorCode::kInvalid, "{}: {}", path, std::strerror(errno))
                    .Because(ErrorReason::kCannotOpen));
  if ((found.st_mode & S_IWOTH) != 0)
    return Fail(ErrorCode::kInvalid, "{}: everybody may write it, and so let himself in; chmod 600 it", path);
  ASSIGN_OR_RETURN(auto text, ReadSmallFile(file, path, longest));
  return TrustedFile{std::move(text), StampIn(found)};
}

}  // namespace keymeter::query_api
