#pragma once

#include <cstddef>
#include <string>

#include "schema/error.h"
#include "schema/file_descriptor.h"

/// Files that are read as a whole: settings, lists, secrets. Threads: any. Bounds: the size that the caller
/// names.
namespace keymeter {

/// The content of a regular file, of at most `most_bytes`. Errors (kInvalid) begin with the path and end with
/// the reason; kCannotOpen when the file is not there or not ours to read.
[[nodiscard]] Result<std::string> ReadSmallFile(const std::string& path, std::size_t most_bytes);

/// The same of a file that is open, from where it stands. `path` is for errors.
[[nodiscard]] Result<std::string> ReadSmallFile(const FileDescriptor& file, const std::string& path,
                                                std::size_t most_bytes);

}  // namespace keymeter
