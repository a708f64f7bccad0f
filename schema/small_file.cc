#include "schema/small_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <unistd.h>

#include "schema/regular_file.h"

namespace keymeter {

Result<std::string> ReadSmallFile(const std::string& path, std::size_t most_bytes) {
  ASSIGN_OR_RETURN(const FileDescriptor file, OpenToRead(path));
  return ReadSmallFile(file, path, most_bytes);
}

Result<std::string> ReadSmallFile(const FileDescriptor& file, const std::string& path,
                                  std::size_t most_bytes) {
  constexpr std::size_t kFirstBytes = 16'384;
  std::string text;
  for (std::size_t size = 0;;) {
    if (size == text.size()) text.resize(std::min(most_bytes + 1, std::max(2 * size, kFirstBytes)));
    const ssize_t count = ::read(file.number(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Fail(ErrorCode::kInvalid, "{}: {}", path, std::strerror(errno));
    size += static_cast<std::size_t>(count);
    if (size > most_bytes) return Fail(ErrorCode::kInvalid, "{}: is longer than {} bytes", path, most_bytes);
    if (count == 0) {
      text.resize(size);
      return text;
    }
  }
}

}  // namespace keymeter
