#include "query-api/usage/display_names.h"

#include <fmt/format.h>

namespace keymeter::query_api {

namespace {

/// Finds the name of the id ?1; "": names are their ids.
std::string_view NameSql(GroupBy by) {
  switch (by) {
    case GroupBy::kApiKey:
      return "SELECT name FROM api_key WHERE id = ?1";
    case GroupBy::kAccount:
      return "SELECT name FROM account WHERE id = ?1";
    case GroupBy::kGroup:
      return "SELECT name FROM account_group WHERE id = ?1";
    default:
      return "";
  }
}

}  // namespace

Result<DisplayNames> DisplayNames::Read(Snapshot& snapshot, GroupBy by) {
  DisplayNames names(by);
  if (by != GroupBy::kOwner) return names;
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(fmt::format(
                                   "SELECT {0}, max(user_username) FROM api_key WHERE {0} <> '' GROUP BY {0}",
                                   kOwnerSql)));
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return names;
    names.owners_.emplace(query->Text(0), query->Text(1));
  }
}

Result<std::string> DisplayNames::Of(Snapshot& snapshot, const std::string& id) const {
  if (id.empty() && by_ == GroupBy::kPlatform) return "unknown";
  if (by_ == GroupBy::kOwner) {
    if (id.empty()) return "(none)";
    const auto owner = owners_.find(id);
    return owner == owners_.end() || owner->second.empty() ? id : owner->second;
  }
  const std::string_view sql = NameSql(by_);
  if (sql.empty()) return id;
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(sql));
  query->Bind(1, id);
  ASSIGN_OR_RETURN(const auto row, query->Step());
  return row && !query->Text(0).empty() ? std::string(query->Text(0)) : id;
}

}  // namespace keymeter::query_api
