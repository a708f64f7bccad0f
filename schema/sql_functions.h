#pragma once

struct sqlite3;

namespace keymeter {

/// Adds the SQL functions of ours to a connection: has_tag(json, tag); for one that writes also
/// shown_name(text) and shown_text(text), which migrations use (schema/shown_name.h).
///
/// Threads: that of the connection. Bounds: no function recurses.
/// Tested by tests/schema/sqlite_test.cc and migrations_test.cc.
void AddSqlFunctions(sqlite3* connection, bool writes);

}  // namespace keymeter
