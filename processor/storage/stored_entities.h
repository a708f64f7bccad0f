#pragma once

#include <string>
#include <vector>

#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// The ids of what the file holds as there: what a restart asks the relay about, because it may have gone
/// meanwhile.
struct StoredEntities {
  std::vector<std::string> api_keys;
  std::vector<std::string> accounts;
  std::vector<std::string> bare_accounts;  ///< of which nothing but usage was ever seen
  std::vector<std::string> groups;
};

[[nodiscard]] Result<StoredEntities> LoadEntities(Database& database);

}  // namespace keymeter::processor
