#include "query-api/endpoints/groups.h"

#include "query-api/endpoints/accounts.h"
#include "query-api/endpoints/api_keys.h"
#include "query-api/endpoints/cached_response.h"
#include "query-api/endpoints/list_query.h"
#include "query-api/endpoints/usage_json.h"
#include "schema/bounded_json.h"
#include "schema/utf8.h"

namespace keymeter::query_api {

namespace {

/// The columns after the id, in the order of `columns` below.
enum Column : int {
  kName = 1,
  kPlatform,
  kDescription,
  kMembers,
  kCreatedAt,
  kUpdatedAt,
};

const ListSource& GroupSource() {
  static const ListSource source{
      "g.name, g.platform, g.description, "
      "(SELECT json_group_array(m.account) "
      "FROM (SELECT account FROM group_member WHERE group_id = g.id ORDER BY account) m), "
      "g.created_at, g.updated_at",
      "account_group g",
      "g.id",
      "g.name, g.id, g.description",
      {{"id", "g.id"},
       {"name", "substr(g.name, 1, 200)"},
       {"platform", "substr(g.platform, 1, 200)"},
       {"createdAt", "rtrim(g.created_at, 'Z')"},
       {"updatedAt", "rtrim(g.updated_at, 'Z')"}}};
  return source;
}

Json GroupJson(const Statement& row) {
  // An array of ids, made by SQLite; ids are bytes of the relay's choice.
  const std::string ids = utf8::Repaired(row.Text(kMembers));
  Json members = ParseJson<Json>(ids, {.bytes = ids.size(), .depth = 1}).value_or(Json::array());
  return Json{{"id", row.Text(0)},
              {"name", row.Text(kName)},
              {"platform", row.Text(kPlatform)},
              {"description", row.Text(kDescription)},
              {"memberCount", members.size()},
              {"members", std::move(members)},
              {"createdAt", TextOrNull(row.Text(kCreatedAt))},
              {"updatedAt", TextOrNull(row.Text(kUpdatedAt))}};
}

Result<std::optional<std::string>> GroupName(Snapshot& snapshot, const std::string& group) {
  ASSIGN_OR_RETURN(auto query,
                   snapshot.lease.Prepare("SELECT name FROM account_group WHERE id = ?1 AND NOT gone"));
  query->Bind(1, group);
  ASSIGN_OR_RETURN(const auto row, query->Step());
  return row ? std::optional(std::string(query->Text(0))) : std::nullopt;
}

/// What its present members used.
void AddGroupUsage(const EntityTotals& totals, std::int64_t now_ms, Json& group) {
  UsageSummary sum{{}, {}, {}, LiveRates(now_ms)};
  double rpm = 0;
  std::int64_t active = 0;
  for (const Json& member : group.at("members")) {
    const UsageSummary usage = totals.Of(member.get_ref<const std::string&>());
    sum.AddSums(usage);
    rpm += usage.rates.rpm();
    active += usage.rates.requests_10m() > 0 ? 1 : 0;
  }
  group["activeMembers"] = active;
  group["rpm"] = RateJson(rpm);
  group["usage"] = AccountSumsJson(sum);
}

/// A member of a group says that group, whatever else it is in; what is optional and unset is left out.
void ShapeMembers(const std::string& group, const std::string& name, Json& members) {
  for (Json& member : members) {
    member["groupId"] = group;
    member["groupName"] = name;
    for (const char* optional : {"expiresAt", "subscriptionExpiresAt"})
      if (member.contains(optional) && member.at(optional).is_null()) member.erase(optional);
  }
}

ListFilter FilterBy(std::string_view condition, SqlValue value) {
  ListFilter filter;
  filter.sql.Add(condition, std::move(value));
  return filter;
}

}  // namespace

Result<std::optional<Json>> GroupJsonOf(Snapshot& snapshot, const EntityTotals& accounts,
                                        std::string_view id) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(OneRowSql(GroupSource()) + " AND NOT g.gone"));
  query->Bind(1, id);
  ASSIGN_OR_RETURN(const auto row, query->Step());
  if (!row) return std::nullopt;
  Json group = GroupJson(*query);
  AddGroupUsage(accounts, snapshot.now_ms, group);
  return group;
}

Result<Response> GroupById(ApiContext& context, const Call& call) {
  constexpr auto kKind = SeriesCatalog::Kind::kAccount;
  return CachedResponse(
      context, call, Freshness::kChangesWithTime, {kKind}, [&](Snapshot& snapshot) -> Result<Response> {
        ASSIGN_OR_RETURN(const auto totals, EntityTotals::Read(snapshot, context.caches, kKind));
        ASSIGN_OR_RETURN(const auto group, GroupJsonOf(snapshot, totals, call.id));
        return group ? JsonResponse(*group) : Problem(404, "there is no group with this id");
      });
}

std::vector<std::string_view> GroupListParams() {
  return {"sort", "order", "limit", "cursor"};
}

Result<Response> ListGroups(ApiContext& context, const Call& call) {
  ASSIGN_OR_RETURN(auto page, ListPage::Plan(call, GroupSource(), FilterBy("g.gone = {0}", std::int64_t{0})));
  return CachedResponse(context, call, Freshness::kChangesWithData,
                        [&](Snapshot& snapshot) -> Result<Response> {
                          Json groups = Json::array();
                          RETURN_IF_ERROR(page.Read(snapshot, [&groups](const Statement& row) -> Status {
                            groups.push_back(GroupJson(row));
                            return {};
                          }));
                          Response response = JsonResponse(groups);
                          page.AddHeaders(call, response);
                          return response;
                        });
}

std::vector<std::string_view> GroupMembersParams() {
  return {"limit"};
}

Result<Response> GroupMembers(ApiContext& context, const Call& call) {
  ASSIGN_OR_RETURN(auto account_page,
                   ListPage::Plan(call, AccountSource(), FilterBy(kIsMemberOfGroup, call.id)));
  ListFilter served = FilterBy(kIsBoundToGroup, call.id);
  served.sql.Add("(k.is_deleted OR k.gone) = {0}", std::int64_t{0});
  ASSIGN_OR_RETURN(auto key_page, ListPage::Plan(call, ApiKeySource(), std::move(served)));
  return CachedResponse(
      context, call, Freshness::kChangesWithTime,
      {SeriesCatalog::Kind::kAccount, SeriesCatalog::Kind::kApiKey},
      [&](Snapshot& snapshot) -> Result<Response> {
        ASSIGN_OR_RETURN(const auto name, GroupName(snapshot, call.id));
        if (!name) return Problem(404, "there is no group with this id");
        ASSIGN_OR_RETURN(auto accounts, ReadAccounts(snapshot, context.caches, account_page, call.caller));
        ASSIGN_OR_RETURN(auto keys, ReadApiKeys(snapshot, context.caches, key_page, call.caller));
        ShapeMembers(call.id, *name, accounts);
        ShapeMembers(call.id, *name, keys);
        return JsonResponse(Json{{"accounts", std::move(accounts)},
                                 {"apiKeys", std::move(keys)},
                                 {"totalAccounts", account_page.total()},
                                 {"totalApiKeys", key_page.total()}});
      });
}

}  // namespace keymeter::query_api
