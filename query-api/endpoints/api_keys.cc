#include "query-api/endpoints/api_keys.h"

#include "query-api/endpoints/api_key_json.h"
#include "query-api/endpoints/cached_response.h"
#include "query-api/endpoints/list_filters.h"
#include "query-api/endpoints/list_query.h"
#include "query-api/endpoints/usage_sorts.h"
#include "query-api/usage/usage_reader.h"

namespace keymeter::query_api {

namespace {

/// It is bound to an account or a group of accounts of the platform {0}, or for it.
constexpr std::string_view kIsOfPlatform = R"(EXISTS (
    SELECT 1 FROM api_key_binding b
      LEFT JOIN account_group g ON b.kind = 'group' AND g.id = b.target
      LEFT JOIN account a ON b.kind = 'account' AND a.id = b.target
    WHERE b.api_key = k.id AND NOT coalesce(g.gone, 0)
      AND (b.platform = {0} OR g.platform = {0} OR a.platform = {0})))";
/// Its time begins with its first use, which has not been yet.
constexpr std::string_view kHasNotBegun =
    "(k.expires_at = '' AND k.expiration_mode = 'activation' AND NOT k.is_activated)";

}  // namespace

const ListSource& ApiKeySource() {
  static const ListSource source{
      ApiKeyJson::kColumns, "api_key k LEFT JOIN account_group g ON g.id = k.group_id AND NOT g.gone", "k.id",
      "k.name, k.id, k.description",
      WithUsageSorts({{"keyId", "k.id"},
                      {"name", "substr(k.name, 1, 200)"},
                      {"createdAt", "rtrim(k.created_at, 'Z')"},
                      {"lastUsedAt", "rtrim(k.last_used_at, 'Z')"},
                      {"expiresAt", "rtrim(k.expires_at, 'Z')"},
                      {"owner", "substr(iif(k.user_username <> '', k.user_username, k.user_id), 1, 200)"}})};
  return source;
}

Result<ListFilter> ApiKeyFilterOf(const Params& params, std::int64_t now_ms) {
  ListFilter filter;
  if (const auto group = params.Text("groupId")) filter.sql.Add(kIsBoundToGroup, std::string(*group));
  AddSearch(params, filter);
  for (const std::string_view tag : params.Texts("tag"))
    filter.sql.Add("has_tag(k.tags, {0})", std::string(tag));
  if (const auto platform = params.Text("platform")) filter.sql.Add(kIsOfPlatform, std::string(*platform));
  if (const auto owner = params.Text("owner"))
    filter.sql.Add("(k.user_id = {0} OR k.user_username = {0})", std::string(*owner));
  for (const auto& [name, condition] : {std::pair("isActive", "(k.is_active AND NOT k.gone) = {0}"),
                                        std::pair("isDeleted", "(k.is_deleted OR k.gone) = {0}")})
    RETURN_IF_ERROR(AddSwitch(params, name, condition, filter));
  for (const auto& [name, column, comparison] :
       {std::tuple("createdAfter", "k.created_at", ">="), std::tuple("createdBefore", "k.created_at", "<"),
        std::tuple("expiresAfter", "k.expires_at", ">="), std::tuple("expiresBefore", "k.expires_at", "<")})
    RETURN_IF_ERROR(AddTimeFilter(params, name, column, comparison, filter));
  RETURN_IF_ERROR(AddExpiry(params, "k.expires_at", kHasNotBegun, now_ms, filter));
  RETURN_IF_ERROR(AddUsageRange(params, filter));
  return filter;
}

std::optional<Response> RefusalOfOwners(const Call& call) {
  if (call.caller.IsAdmin()) return std::nullopt;
  if (call.params.Text("owner"))
    return Problem(403, "owner is a filter for the role admin: others do not see who owns a key");
  if (call.params.Text("sort").value_or("") == "owner")
    return Problem(403, "sort=owner is for the role admin: others do not see who owns a key");
  return std::nullopt;
}

Result<Json> ReadApiKeys(Snapshot& snapshot, UsageCaches& caches, ListPage& page, const Caller& caller) {
  ASSIGN_OR_RETURN(const auto totals, EntityTotals::Read(snapshot, caches, SeriesCatalog::Kind::kApiKey));
  ApiKeyJson shape(snapshot, caller);
  Json keys = Json::array();
  RETURN_IF_ERROR(page.Read(snapshot, caches, totals, [&](const Statement& row) -> Status {
    ASSIGN_OR_RETURN(auto key, shape.Of(row, totals.Of(row.Text(0))));
    keys.push_back(std::move(key));
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
  ASSIGN_OR_RETURN(auto json, ApiKeyJson(snapshot, caller).Of(*query, usage));
  return json;
}

std::vector<std::string_view> ApiKeyFilterParams() {
  return {"groupId",       "isActive",  "isDeleted",     "search",        "tag",
          "owner",         "platform",  "createdAfter",  "createdBefore", "expiresAfter",
          "expiresBefore", "expiry",    "expiresWithin", "usageOf",       "minCost",
          "maxCost",       "minTokens", "maxTokens",     "minRequests",   "maxRequests"};
}

std::vector<std::string_view> ApiKeyListParams() {
  return WithPageParams(ApiKeyFilterParams());
}

Result<Response> ListApiKeys(ApiContext& context, const Call& call) {
  if (auto refusal = RefusalOfOwners(call)) return std::move(*refusal);
  ASSIGN_OR_RETURN(auto filter, ApiKeyFilterOf(call.params, context.clock.WallMs()));
  ASSIGN_OR_RETURN(auto page, ListPage::Plan(call, ApiKeySource(), std::move(filter), &context.orders));
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
