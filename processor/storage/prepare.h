#pragma once

#include <initializer_list>
#include <string>

#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

struct StatementSql {
  Statement* statement;
  std::string sql;
};

/// Prepares each statement from its SQL; ends with the first error.
/// Tested by tests/processor/storage/window_writer_test.cc, whose writer prepares all statements by it.
[[nodiscard]] Status PrepareAll(Database& database, std::initializer_list<StatementSql> list);

}  // namespace keymeter::processor
