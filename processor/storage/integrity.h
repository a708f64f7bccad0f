#pragma once

#include <string>

#include "schema/error.h"
#include "schema/sqlite.h"

/// Is a file's structure what SQLite expects? Damage is an error of code kCorrupt that says what.
namespace keymeter::processor {

/// Every page of it, without what is between tables and indexes: seconds a gigabyte.
[[nodiscard]] Status CheckStructure(Database& database);

/// Every page, and that indexes and tables agree: for a copy that is to be relied on.
[[nodiscard]] Status CheckIntegrity(Database& database);

/// The way to the first and to the last row of each table: the newest rows are there.
[[nodiscard]] Status CheckEdges(Database& database);

/// What a start can afford: every page of a file up to 64 MB; of a larger one the edges. A file that is
/// missing, not ours or not readable passes: others say that better.
[[nodiscard]] Status LookForDamage(const std::string& db_path);

/// The error for people: which file, what it is, what to do. Of any other code it is returned as it is.
[[nodiscard]] Error WithRemedy(const Error& error, const std::string& db_path);

}  // namespace keymeter::processor
