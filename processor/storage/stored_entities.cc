#include "processor/storage/stored_entities.h"

#include "processor/storage/odd_names.h"

namespace keymeter::processor {

Result<StoredEntities> LoadEntities(Database& database) {
  StoredEntities stored;
  const auto odd = OddNames::Load(database);
  if (!odd) return Fail(odd.error().In("load entities"));
  // An account of which only usage is known has neither name nor platform; every other account has a
  // platform.
  for (const auto& [sql, ids] :
       {std::pair("SELECT id FROM api_key WHERE NOT gone", &stored.api_keys),
        std::pair("SELECT id FROM account WHERE NOT gone AND (name <> '' OR platform <> '')",
                  &stored.accounts),
        std::pair("SELECT id FROM account WHERE NOT gone AND name = '' AND platform = ''",
                  &stored.bare_accounts),
        std::pair("SELECT id FROM account_group WHERE NOT gone", &stored.groups)}) {
    auto rows = database.Prepare(sql);
    if (!rows) return Fail(rows.error().In("load entities"));
    while (true) {
      const auto row = rows->Step();
      if (!row) return Fail(row.error().In("load entities"));
      if (!*row) break;
      ids->emplace_back(odd->InRedis(rows->Text(0)));
    }
  }
  return stored;
}

}  // namespace keymeter::processor
