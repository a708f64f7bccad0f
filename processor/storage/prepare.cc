#include "processor/storage/prepare.h"

#include <utility>

namespace keymeter::processor {

Status PrepareAll(Database& database, std::initializer_list<StatementSql> list) {
  for (const auto& [statement, sql] : list) {
    ASSIGN_OR_RETURN(auto prepared, database.Prepare(sql));
    *statement = std::move(prepared);
  }
  return {};
}

}  // namespace keymeter::processor
