#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "query-api/http/http_types.h"
#include "schema/error.h"
#include "schema/file_descriptor.h"

namespace keymeter::query_api {

/// At most `most` bytes of a file from `offset` on; none at its end. Error: kUnavailable, fit for clients.
[[nodiscard]] Result<std::string> ReadAt(const FileDescriptor& file, std::uint64_t offset, std::size_t most);

/// A temporary file without a name that is written once, from its beginning to its end, and then read. The
/// disk space is free again when this is destroyed, also after a crash.
///
/// Errors are kUnavailable, fit for clients, and final.
/// Threads: one at a time. Bounds: `most_bytes` of disk; 256 KiB of memory.
class SpoolFile {
 public:
  /// Where the file system of `directory` has no files without a name, a named one is made and unlinked.
  static Result<SpoolFile> Create(const std::string& directory, std::uint64_t most_bytes);

  [[nodiscard]] Status Append(std::string_view bytes);
  /// Writes what was appended to the file.
  [[nodiscard]] Status Flush();
  /// The size of the file after a Flush, also when another library wrote it by its descriptor.
  [[nodiscard]] Result<std::uint64_t> Size() const;
  [[nodiscard]] Result<std::string> Read(std::uint64_t offset, std::size_t most) const {
    return ReadAt(file_, offset, most);
  }
  /// What was appended and written, as the body of a response. Nothing may be called afterwards.
  [[nodiscard]] Result<std::shared_ptr<FileBody>> TakeBody();
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
