#include "query-api/endpoints/api_keys.h"

#include "query-api/endpoints/cached_response.h"
#include "query-api/endpoints/list_filters.h"
#include "query-api/endpoints/list_query.h"
#include "query-api/endpoints/usage_json.h"
#include "query-api/endpoints/usage_sorts.h"
#include "query-api/usage/usage_reader.h"
#include "schema/tags.h"

namespace keymeter::query_api {

namespace {

/// The columns after the id, in the order of `columns` below.
enum Column : int {
  kName = 1,
  kDescription,
  kTags,
  kIsActive,
  kIsDeleted,
  kCreatedAt,
  kExpiresAt,
  kLastUsedAt,
  kDailyCostLimit,
  kUserId,
  kUserUsername,
  kGroupId,
  kGroupName,
};

Result<ListFilter> ApiKeyFilterOf(const Params& params) {
  ListFilter filter;
  if (const auto group = params.Text("groupId")) filter.sql.Add(kIsBoundToGroup, std::string(*group));
  AddSearch(params, ApiKeySource(), filter);
  if (const auto tag = params.Text("tag")) filter.sql.Add("has_tag(k.tags, {0})", std::string(*tag));
  if (const auto owner = params.Text("owner"))
    filter.sql.Add("(k.user_id = {0} OR k.user_username = {0})", std::string(*owner));
  for (const auto& [name, condition] : {std::pair("isActive", "(k.is_active AND NOT k.gone) = {0}"),
                                        std::pair("isDeleted", "(k.is_deleted OR k.gone) = {0}")}) {
    ASSIGN_OR_RETURN(const auto wanted, params.Bool(name));
    if (wanted) filter.sql.Add(condition, std::int64_t{*wanted ? 1 : 0});
  }
  for (const auto& [name, column, comparison] :
       {std::tuple("createdAfter", "k.created_at", ">="), std::tuple("createdBefore", "k.created_at", "<"),
        std::tuple("expiresBefore", "k.expires_at", "<")})
    RETURN_IF_ERROR(AddTimeFilter(params, name, column, comparison, filter));
  RETURN_IF_ERROR(AddCostRange(params, filter));
  return filter;
}

Json ApiKeyJson(const Statement& row, const UsageSummary& usage, const Caller& caller) {
  Json json{{"keyId", row.Text(0)},
            {"name", row.Text(kName)},
            {"description", row.Text(kDescription)},
            {"tags", ReadTags(row.Text(kTags)).value_or(std::vector<std::string>())},
            {"isActive", row.Int(kIsActive) != 0},
            {"isDeleted", row.Int(kIsDeleted) != 0},
            {"createdAt", TextOrNull(row.Text(kCreatedAt))},
            {"expiresAt", TextOrNull(row.Text(kExpiresAt))},
            {"lastUsedAt", TextOrNull(row.Text(kLastUsedAt))},
            {"rpm", usage.rates.rpm()},
            {"tpm", usage.rates.tpm()},
            {"dailyCostLimit", row.Real(kDailyCostLimit)}};
  if (!row.Text(kGroupId).empty())
    json["currentGroup"] = {{"id", row.Text(kGroupId)}, {"name", row.Text(kGroupName)}};
  if (caller.IsAdmin() && (!row.Text(kUserId).empty() || !row.Text(kUserUsername).empty())) {
    json["owner"] = row.Text(kUserUsername).empty() ? row.Text(kUserId) : row.Text(kUserUsername);
    json["userId"] = TextOrNull(row.Text(kUserId));
    json["userUsername"] = TextOrNull(row.Text(kUserUsername));
  }
  json["usage"] = {
      {"today", UsageJson(usage.today)},
      {"last10Minutes", {{"avgRpm", usage.rates.rpm_10m()}, {"totalRequests", usage.rates.requests_10m()}}},
      {"month", UsageJson(usage.month)},
      {"total", UsageJson(usage.total)}};
  return json;
}

}  // namespace

const ListSource& ApiKeySource() {
  static const ListSource source{
      "k.name, k.description, k.tags, k.is_active AND NOT k.gone, k.is_deleted OR k.gone, "
      "k.created_at, k.expires_at, k.last_used_at, k.daily_cost_limit, k.user_id, k.user_username, "
      "coalesce(g.id, ''), coalesce(g.name, '')",
      "api_key k LEFT JOIN account_group g ON g.id = k.group_id AND NOT g.gone", "k.id",
      "k.name, k.id, k.description",
      WithUsageSorts({{"keyId", "k.id"},
                      {"name", "substr(k.name, 1, 200)"},
                      {"createdAt", "rtrim(k.created_at, 'Z')"},
                      {"lastUsedAt", "rtrim(k.last_used_at, 'Z')"},
                      {"expiresAt", "rtrim(k.expires_at, 'Z')"}})};
  return source;
}

Result<Json> ReadApiKeys(Snapshot& snapshot, UsageCaches& caches, ListPage& page, const Caller& caller) {
  ASSIGN_OR_RETURN(const auto totals, EntityTotals::Read(snapshot, caches, SeriesCatalog::Kind::kApiKey));
  Json keys = Json::array();
  RETURN_IF_ERROR(page.Read(snapshot, &totals, [&](const Statement& row) -> Status {
    keys.push_back(ApiKeyJson(row, totals.Of(row.Text(0)), caller));
    return {};
  }));
  return keys;
}

Result<std::optional<Json>> ApiKeyJsonOf(Snapshot& snapshot, std::string_view id, const Caller& caller) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(OneRowSql(ApiKeySource())));
  query->Bind(1, id);
  ASSIGN_OR_RETURN(const auto row, query->Step());
  if (!row) return std::nullopt;
  ASSIGN_OR_RETURN(auto reader, UsageReader::Make(snapshot, "api_key"));
  ASSIGN_OR_RETURN(const auto usage, reader.Read(id));
  return ApiKeyJson(*query, usage, caller);
}

std::vector<std::string_view> ApiKeyListParams() {
  return {"groupId", "isActive",     "isDeleted",     "search",        "tag",
          "owner",   "createdAfter", "createdBefore", "expiresBefore", "minCost",
          "maxCost", "sort",         "order",         "limit",         "cursor"};
}

Result<Response> ListApiKeys(ApiContext& context, const Call& call) {
  if (call.params.Text("owner") && !call.caller.IsAdmin())
    return Problem(403, "owner is a filter for the role admin: others do not see who owns a key");
  ASSIGN_OR_RETURN(auto filter, ApiKeyFilterOf(call.params));
  ASSIGN_OR_RETURN(auto page, ListPage::Plan(call, ApiKeySource(), std::move(filter)));
  return CachedResponse(context, call, Freshness::kChangesWithTime, {SeriesCatalog::Kind::kApiKey},
                        [&](Snapshot& snapshot) -> Result<Response> {
                          ASSIGN_OR_RETURN(const auto keys,
                                           ReadApiKeys(snapshot, context.caches, page, call.caller));
                          Response response = JsonResponse(keys);
                          page.AddHeaders(call, response);
                          return response;
                        });
}

Result<Response> ApiKeyById(ApiContext& context, const Call& call) {
  return CachedResponse(context, call, Freshness::kChangesWithTime,
                        [&](Snapshot& snapshot) -> Result<Response> {
                          ASSIGN_OR_RETURN(const auto key, ApiKeyJsonOf(snapshot, call.id, call.caller));
                          return key ? JsonResponse(*key) : Problem(404, "there is no API key with this id");
                        });
}

}  // namespace keymeter::query_api
