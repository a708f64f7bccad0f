#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "schema/error.h"

/// The files beside a database: -wal and -shm, which SQLite keeps there, and a database that was put aside.
namespace keymeter::processor {

/// A database consists of these three files; the last two may be missing.
inline constexpr std::array<std::string_view, 3> kDatabaseSuffixes = {"", "-wal", "-shm"};

/// The path without symbolic links, as SQLite resolves it: -wal and -shm are beside that file.
[[nodiscard]] std::string ResolvedPath(const std::string& path);

/// "keymeter.db.damaged-20261125T222049Z": a path at which there is no file yet.
[[nodiscard]] std::string AsidePath(const std::string& db_path, std::string_view why, std::int64_t now_ms);

/// Renames a database with its -wal and -shm; no writer may have it open.
[[nodiscard]] Status MoveDatabase(const std::string& from, const std::string& to);

/// Removes a database with its -wal and -shm. A missing file is no error.
void RemoveDatabase(const std::string& path);

/// Makes renames in the directory of `path` outlive a power cut.
void SyncDirectoryOf(const std::string& path);

}  // namespace keymeter::processor
