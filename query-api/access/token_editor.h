#pragma once

#include <functional>
#include <string>

#include "query-api/access/token_file.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// Reads a token file.
[[nodiscard]] Result<StoredTokens> ReadTokens(const std::string& path);

/// Whether a file that is not there yet is made.
enum class MissingFile : std::uint8_t { kIsAnError, kIsMade };

/// Reads the tokens of a file, changes them by `edit`, and writes them back: whole or not at all, and so that
/// it outlives a power cut. An error of `edit` leaves the file as it is.
///
/// A new file has mode 0600; one that is there keeps its owner, its group and their rights, and loses those
/// of others; who may not give it back to its owner is refused. Whoever edits at the same time waits for this
/// (a lock on the directory, up to five seconds). Errors name the file: kRefused for one that cannot be read,
/// understood or written.
[[nodiscard]] Status EditTokens(const std::string& path, MissingFile missing,
                                const std::function<Status(StoredTokens&)>& edit);

}  // namespace keymeter::query_api
