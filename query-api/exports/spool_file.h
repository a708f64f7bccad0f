#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "query-api/http/http_types.h"
#include "schema/error.h"
#include "schema/file_descriptor.h"

namespace keymeter::query_api {

/// A file without a name that is written once, from its beginning to its end, and then read: it is gone when
/// this is gone, also after a crash.
///
/// Errors are kUnavailable, fit for clients, and final. Threads: one at a time. Bounds: `most_bytes`; memory
/// 256 KiB.
class SpoolFile {
 public:
  /// `directory` may be of any file system; where it knows no files without a name, one is made and unlinked.
  static Result<SpoolFile> Create(const std::string& directory, std::uint64_t most_bytes);

  [[nodiscard]] Status Append(std::string_view bytes);
  /// What was appended is in the file.
  [[nodiscard]] Status Flush();
  /// Of the file itself, after a Flush; also when somebody else wrote it by its descriptor.
  [[nodiscard]] Result<std::uint64_t> Size() const;
  /// At most `most` bytes from `offset` on; none at the end.
  [[nodiscard]] Result<std::string> Read(std::uint64_t offset, std::size_t most) const;
  [[nodiscard]] int descriptor() const { return file_.number(); }
  [[nodiscard]] std::uint64_t most_bytes() const { return most_bytes_; }

 private:
  SpoolFile(FileDescriptor file, std::uint64_t most_bytes)
      : file_(std::move(file)), most_bytes_(most_bytes) {}

  FileDescriptor file_;
  std::uint64_t most_bytes_;
  std::uint64_t appended_ = 0;
  std::string buffer_;
};

}  // namespace keymeter::query_api
