#pragma once

#include <string>

#include "schema/error.h"
#include "schema/sqlite.h"

/// Checks whether a file's structure is what SQLite expects. Damage is an error of code kCorrupt and reason
/// kDamaged, whose message says what is wrong.
namespace keymeter::processor {

/// Reads every page, but does not compare indexes with their tables: seconds for each gigabyte.
[[nodiscard]] Status CheckStructure(Database& database);

/// Reads every page and compares indexes with their tables; for a copy that must be reliable.
[[nodiscard]] Status CheckIntegrity(Database& database);

/// Reads the way to the first and to the last row of each table, where the newest rows are.
[[nodiscard]] Status CheckEdges(Database& database);

/// What a start can afford: CheckStructure for a file up to 64 MB, CheckEdges for a larger one. A file that
/// is missing, not ours or not readable passes: those who open it next say so more precisely.
[[nodiscard]] Status LookForDamage(const std::string& db_path);

/// An error of code kCorrupt for people: which file, what is wrong, what to do. Any other error as it is.
[[nodiscard]] Error WithRemedy(const Error& error, const std::string& db_path);

}  // namespace keymeter::processor
