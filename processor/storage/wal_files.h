#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "schema/error.h"

/// The files that stand beside a database: those that SQLite keeps (-wal, -shm), and those that are put
/// aside.
namespace keymeter::processor {

/// A database is these three; the last two may be missing.
inline constexpr std::array<std::string_view, 3> kDatabaseSuffixes = {"", "-wal", "-shm"};

/// The path without symbolic links, as SQLite has it: -wal and -shm stand beside that.
[[nodiscard]] std::string ResolvedPath(const std::string& path);

/// "keymeter.db.damaged-20261125T222049Z": a name that nothing has yet.
[[nodiscard]] std::string AsidePath(const std::string& db_path, std::string_view why, std::int64_t now_ms);

/// Renames a database with all that belongs to it; nothing may have it open that writes.
[[nodiscard]] Status MoveDatabase(const std::string& from, const std::string& to);

/// Likewise away with it. What is not there is no error.
void RemoveDatabase(const std::string& path);

/// Makes renames in the directory of `path` outlive a power cut.
void SyncDirectoryOf(const std::string& path);

}  // namespace keymeter::processor
