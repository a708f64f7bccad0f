#pragma once

#include <functional>
#include <string>

#include "query-api/access/token_file.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// Reads a token file. Threads: any.
[[nodiscard]] Result<StoredTokens> ReadTokens(const std::string& path);

/// What to do when the file does not exist.
enum class MissingFile : std::uint8_t { kIsAnError, kIsMade };

/// Reads the tokens of a file, changes them by `edit`, and replaces the file atomically and durably. An error
/// of `edit` leaves the file as it is.
///
/// A new file has mode 0600. An existing file keeps its owner, its group and their permissions; those of
/// others are removed. An error when we may not give the new file to that owner. Concurrent edits wait for
/// each other (a lock on the directory, up to five seconds). Errors name the file: kRefused when it cannot be
/// read, parsed or written. Threads: any.
[[nodiscard]] Status EditTokens(const std::string& path, MissingFile missing,
                                const std::function<Status(StoredTokens&)>& edit);

}  // namespace keymeter::query_api
