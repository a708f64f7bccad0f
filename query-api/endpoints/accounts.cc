#include "query-api/endpoints/accounts.h"

#include <algorithm>

#include "query-api/endpoints/account_json.h"
#include "query-api/endpoints/cached_response.h"
#include "query-api/endpoints/list_filters.h"
#include "query-api/endpoints/usage_json.h"
#include "query-api/endpoints/usage_sorts.h"
#include "query-api/usage/series_query.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

/// The last 24 hours, the running one last.
Result<Slots> LastHours(const Snapshot& snapshot) {
  constexpr std::int64_t kHours = 24;
  const std::int64_t end = BucketOf(Level::kHour, snapshot.now_ms / 1000, 0) + kHourSeconds;
  return Slots::Make({(end - kHours * kHourSeconds) * 1000, end * 1000, kHourSeconds, ""}, snapshot.now_ms,
                     snapshot.state.utc_offset_s);
}

Json HoursJson(const std::vector<SeriesRow>& rows) {
  Json hours = Json::array();
  for (const SeriesRow& row : rows) {
    Json& hour = hours.emplace_back(Json{{"hour", FormatRfc3339(row.bucket * 1000)},
                                         {"requests", row.usage.requests},
                                         {"tokens", row.usage.TotalTokens()},
                                         {"cost", CostJson(row.usage)}});
    if (row.usage.unpriced_requests > 0) hour["unpricedRequests"] = row.usage.unpriced_requests;
  }
  return hours;
}

Result<Json> HourlyJson(Snapshot& snapshot, UsageCaches& caches, std::string_view account) {
  ASSIGN_OR_RETURN(const auto slots, LastHours(snapshot));
  SeriesQuery query(snapshot, caches, {SeriesFilter::Scope::kAccount, std::string(account), {}});
  ASSIGN_OR_RETURN(const auto rows, query.Rows(slots));
  return HoursJson(rows);
}

/// Hours of the page's accounts, in one pass; those that were not used in them have 24 times nothing.
Status AddHours(Snapshot& snapshot, UsageCaches& caches, Json& accounts) {
  ASSIGN_OR_RETURN(const auto slots, LastHours(snapshot));
  SeriesFilter page{.scope = SeriesFilter::Scope::kAccounts};
  for (const Json& account : accounts) page.ids.push_back(account.at("accountId"));
  SeriesQuery query(snapshot, caches, std::move(page));
  const auto named = query.NamedRows(slots, GroupBy::kAccount);
  if (!named && named.error().code == ErrorCode::kInvalid)
    return Fail(ErrorCode::kInvalid,
                "include=hourly gives the hours of {} accounts that were used: ask for a smaller limit",
                SeriesQuery::kMaxRows / slots.count());
  if (!named) return Fail(named.error());
  std::vector<SeriesRow> unused(slots.count());
  std::int64_t slot = slots.start();
  for (SeriesRow& row : unused) slot = slots.Next(row.bucket = slot);
  for (Json& account : accounts) {
    const auto& id = account.at("accountId").get_ref<const std::string&>();
    const auto found = std::lower_bound(named->begin(), named->end(), id,
                                        [](const NamedSeries& a, const std::string& b) { return a.id < b; });
    const bool is_used = found != named->end() && found->id == id;
    account["usage"]["hourly"] = HoursJson(is_used ? found->rows : unused);
  }
  return {};
}

}  // namespace

const ListSource& AccountSource() {
  static const ListSource source{AccountJson::kColumns, "account a", "a.id", "a.name, a.id, a.description",
                                 WithUsageSorts({{"accountId", "a.id"},
                                                 {"name", "substr(a.name, 1, 200)"},
                                                 {"platform", "substr(a.platform, 1, 200)"},
                                                 {"status", "substr(a.status, 1, 200)"},
                                                 {"priority", "a.priority", SortColumn::Type::kInt},
                                                 {"createdAt", "rtrim(a.created_at, 'Z')"},
                                                 {"lastUsedAt", "rtrim(a.last_used_at, 'Z')"}})};
  return source;
}

std::vector<std::string_view> AccountFilterParams() {
  return {"platform", "groupId", "status",  "isActive",  "search",    "createdAfter", "createdBefore",
          "usageOf",  "minCost", "maxCost", "minTokens", "maxTokens", "minRequests",  "maxRequests"};
}

std::vector<std::string_view> AccountListParams() {
  auto params = WithPageParams(AccountFilterParams());
  params.push_back("include");
  return params;
}

Result<ListFilter> AccountFilterOf(const Params& params) {
  ListFilter filter;
  for (const auto& [name, condition] :
       {std::pair("platform", std::string_view("a.platform = {0}")),
        std::pair("status", std::string_view("a.status = {0}")), std::pair("groupId", kIsMemberOfGroup)})
    if (const auto text = params.Text(name)) filter.sql.Add(condition, std::string(*text));
  AddSearch(params, filter);
  RETURN_IF_ERROR(AddSwitch(params, "isActive", "(a.is_active AND NOT a.gone) = {0}", filter));
  RETURN_IF_ERROR(AddTimeFilter(params, "createdAfter", "a.created_at", ">=", filter));
  RETURN_IF_ERROR(AddTimeFilter(params, "createdBefore", "a.created_at", "<", filter));
  RETURN_IF_ERROR(AddUsageRange(params, filter));
  return filter;
}

Result<Json> ReadAccounts(Snapshot& snapshot, UsageCaches& caches, ListPage& page, const Caller& caller) {
  ASSIGN_OR_RETURN(const auto now, AccountsState::Read(snapshot, caches));
  AccountJson shape(snapshot, now, caches.last_use, caller);
  Json accounts = Json::array();
  RETURN_IF_ERROR(page.Read(snapshot, caches, now.totals, [&](const Statement& row) -> Status {
    ASSIGN_OR_RETURN(auto account, shape.Of(row));
    accounts.push_back(std::move(account));
    return {};
  }));
  return accounts;
}

Result<std::optional<Json>> AccountJsonOf(Snapshot& snapshot, UsageCaches& caches,
                                          const AccountsState& accounts, std::string_view id,
                                          const Caller& caller) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(OneRowSql(AccountSource())));
  query->Bind(1, id);
  ASSIGN_OR_RETURN(const auto row, query->Step());
  if (!row) return std::nullopt;
  ASSIGN_OR_RETURN(auto json, AccountJson(snapshot, accounts, caches.last_use, caller).Of(*query));
  ASSIGN_OR_RETURN(auto hours, HourlyJson(snapshot, caches, id));
  json["usage"]["hourly"] = std::move(hours);
  return json;
}

Result<Response> ListAccounts(ApiContext& context, const Call& call) {
  ASSIGN_OR_RETURN(auto filter, AccountFilterOf(call.params));
  ASSIGN_OR_RETURN(auto page, ListPage::Plan(call, AccountSource(), std::move(filter), &context.orders));
  if (call.params.Text("include")) RETURN_IF_ERROR(call.params.OneOf("include", {"hourly"}));
  const bool has_hours = call.params.Text("include").has_value();
  return CachedResponse(context, call, Freshness::kChangesWithTime, {SeriesCatalog::Kind::kAccount},
                        [&](Snapshot& snapshot) -> Result<Response> {
                          ASSIGN_OR_RETURN(auto accounts,
                                           ReadAccounts(snapshot, context.caches, page, call.caller));
                          if (has_hours) RETURN_IF_ERROR(AddHours(snapshot, context.caches, accounts));
                          Response response = JsonResponse(accounts);
                          page.AddHeaders(call, response);
                          return response;
                        });
}

Result<Response> AccountById(ApiContext& context, const Call& call) {
  return CachedResponse(
      context, call, Freshness::kChangesWithTime, {SeriesCatalog::Kind::kAccount},
      [&](Snapshot& snapshot) -> Result<Response> {
        ASSIGN_OR_RETURN(const auto accounts, AccountsState::ReadOf(snapshot, context.caches, call.id));
        ASSIGN_OR_RETURN(const auto account,
                         AccountJsonOf(snapshot, context.caches, accounts, call.id, call.caller));
        return account ? JsonResponse(*account) : Problem(404, "there is no account with this id");
      });
}

}  // namespace keymeter::query_api
