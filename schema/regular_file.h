#pragma once

#include <string>

#include <sys/types.h>

#include "schema/error.h"
#include "schema/file_descriptor.h"

/// The one way to open a file that somebody else may have put there: a regular file or an error, at once. A
/// FIFO without a writer, a terminal or another device would hold up whoever opens or reads it. Threads: any.
namespace keymeter {

/// Opens a file to read it; symbolic links are followed, as Kubernetes mounts secrets behind them. Errors
/// (kInvalid) begin with the path; kCannotOpen when the file is not there or not ours to read.
[[nodiscard]] Result<FileDescriptor> OpenToRead(const std::string& path);

/// Opens a file that is ours to write or to lock, and makes it when there is none. A symbolic link is
/// refused: who may put one there could have us overwrite what it points to. Errors (kRefused) begin with the
/// path.
[[nodiscard]] Result<FileDescriptor> OpenOurs(const std::string& path, mode_t mode_of_new);

/// Opens a file of ours only if it is there, to look at it; like OpenOurs otherwise. Not open: there is none.
[[nodiscard]] Result<FileDescriptor> OpenOursToLook(const std::string& path);

/// That a file of this name may be replaced: nothing is there, or a regular file and no link to one. Errors
/// (kRefused) begin with the path.
[[nodiscard]] Status CheckReplaceable(const std::string& path);

}  // namespace keymeter
