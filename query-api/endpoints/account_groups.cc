#include "query-api/endpoints/account_groups.h"

namespace keymeter::query_api {

namespace {

constexpr std::string_view kAnyGroup = "?1 = ''";
constexpr std::string_view kGroupsOfAccount =
    "m.group_id IN (SELECT o.group_id FROM group_member o WHERE o.account = ?1)";

/// Parameters: 1 the account.
std::string MembersSql(std::string_view condition) {
  return fmt::format(R"(
      SELECT m.group_id, g.name, m.account
      FROM group_member m JOIN account_group g ON g.id = m.group_id
      WHERE NOT g.gone AND {}
      ORDER BY m.group_id, m.account)",
                     condition);
}

}  // namespace

Result<AccountGroups> AccountGroups::Read(Snapshot& snapshot, const EntityTotals& totals) {
  AccountGroups groups;
  RETURN_IF_ERROR(groups.ReadMembers(snapshot, kAnyGroup, "", totals));
  return groups;
}

Result<AccountGroups> AccountGroups::ReadOf(Snapshot& snapshot, std::string_view account,
                                            const EntityTotals& totals) {
  AccountGroups groups;
  RETURN_IF_ERROR(groups.ReadMembers(snapshot, kGroupsOfAccount, account, totals));
  return groups;
}

Json AccountGroups::Of(std::string_view account) const {
  Json json = Json::array();
  const auto found = groups_of_.find(account);
  if (found == groups_of_.end()) return json;
  for (const std::string& id : found->second) {
    const Group& group = groups_.at(id);
    json.push_back(
        {{"id", id}, {"name", group.name}, {"totalMembers", group.members}, {"activeMembers", group.active}});
  }
  return json;
}

Status AccountGroups::ReadMembers(Snapshot& snapshot, std::string_view condition, std::string_view account,
                                  const EntityTotals& totals) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(MembersSql(condition)));
  query->Bind(1, account);
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return {};
    Group& group = groups_[std::string(query->Text(0))];
    group.name = std::string(query->Text(1));
    ++group.members;
    group.active += totals.Of(query->Text(2)).rates.requests_10m() > 0 ? 1 : 0;
    groups_of_[std::string(query->Text(2))].emplace_back(query->Text(0));
  }
}

Result<AccountsState> AccountsState::Read(Snapshot& snapshot, UsageCaches& caches) {
  ASSIGN_OR_RETURN(auto totals, EntityTotals::Read(snapshot, caches, SeriesCatalog::Kind::kAccount));
  ASSIGN_OR_RETURN(auto groups, AccountGroups::Read(snapshot, totals));
  return AccountsState{std::move(totals), std::move(groups)};
}

Result<AccountsState> AccountsState::ReadOf(Snapshot& snapshot, UsageCaches& caches,
                                            std::string_view account) {
  ASSIGN_OR_RETURN(auto totals, EntityTotals::Read(snapshot, caches, SeriesCatalog::Kind::kAccount));
  ASSIGN_OR_RETURN(auto groups, AccountGroups::ReadOf(snapshot, account, totals));
  return AccountsState{std::move(totals), std::move(groups)};
}

}  // namespace keymeter::query_api
