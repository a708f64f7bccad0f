#include "query-api/endpoints/accounts.h"

#include "query-api/endpoints/account_groups.h"
#include "query-api/endpoints/cached_response.h"
#include "query-api/endpoints/list_filters.h"
#include "query-api/endpoints/usage_json.h"
#include "query-api/endpoints/usage_sorts.h"
#include "query-api/usage/series_query.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

/// The columns after the id, in the order of `columns` below.
enum Column : int {
  kName = 1,
  kPlatform,
  kStatus,
  kErrorMessage,
  kIsActive,
  kAccountType,
  kPriority,
  kLastUsedAt,
  kDailyQuota,
};

ListFilter AccountFilterOf(const Params& params) {
  ListFilter filter;
  for (const auto& [name, condition] :
       {std::pair("platform", std::string_view("a.platform = {0}")),
        std::pair("status", std::string_view("a.status = {0}")), std::pair("groupId", kIsMemberOfGroup)})
    if (const auto text = params.Text(name)) filter.sql.Add(condition, std::string(*text));
  AddSearch(params, AccountSource(), filter);
  return filter;
}

Json AccountJson(const Statement& row, const EntityTotals& totals, const AccountGroups& groups,
                 const Caller& caller) {
  const UsageSummary usage = totals.Of(row.Text(0));
  Json json{{"accountId", row.Text(0)},
            {"accountName", row.Text(kName)},
            {"platform", row.Text(kPlatform)},
            {"status", row.Text(kStatus)},
            {"isActive", row.Int(kIsActive) != 0},
            {"accountType", row.Text(kAccountType)},
            {"priority", row.Int(kPriority)},
            {"lastUsedAt", TextOrNull(row.Text(kLastUsedAt))},
            {"todayTokenUsage", usage.today.TotalTokens()},
            {"todayExpense", usage.today.cost_micros / 1e6},
            {"recentAvgRpm", usage.rates.rpm_10m()},
            {"dailyQuota", row.Real(kDailyQuota)}};
  if (caller.IsAdmin() && !row.Text(kErrorMessage).empty()) json["errorMessage"] = row.Text(kErrorMessage);
  if (Json group = groups.Of(row.Text(0), totals); !group.is_null()) json["group"] = std::move(group);
  json["usage"] = {{"today", UsageJson(usage.today)},
                   {"month", UsageJson(usage.month)},
                   {"total", UsageJson(usage.total)}};
  return json;
}

/// The last 24 hours, the running one last.
Result<Json> HourlyJson(Snapshot& snapshot, UsageCaches& caches, const std::string& account) {
  constexpr std::int64_t kHours = 24;
  const std::int64_t end = BucketOf(Level::kHour, snapshot.now_ms / 1000, 0) + kHourSeconds;
  ASSIGN_OR_RETURN(const auto slots,
                   Slots::Make({(end - kHours * kHourSeconds) * 1000, end * 1000, kHourSeconds, ""},
                               snapshot.now_ms, snapshot.state.utc_offset_s));
  SeriesQuery query(snapshot, caches, {SeriesFilter::Scope::kAccount, account, {}});
  ASSIGN_OR_RETURN(const auto rows, query.Rows(slots));
  Json hours = Json::array();
  for (const SeriesRow& row : rows)
    hours.push_back({{"hour", FormatRfc3339(row.bucket * 1000)},
                     {"requests", row.usage.requests},
                     {"tokens", row.usage.TotalTokens()},
                     {"cost", row.usage.cost_micros / 1e6}});
  return hours;
}

}  // namespace

const ListSource& AccountSource() {
  static const ListSource source{
      "a.name, a.platform, a.status, a.error_message, a.is_active AND NOT a.gone, "
      "a.account_type, a.priority, a.last_used_at, a.daily_quota",
      "account a", "a.id", "a.name, a.id, a.description",
      WithUsageSorts({{"accountId", "a.id"},
                      {"name", "substr(a.name, 1, 200)"},
                      {"platform", "substr(a.platform, 1, 200)"},
                      {"status", "substr(a.status, 1, 200)"},
                      {"priority", "a.priority", SortColumn::Type::kInt},
                      {"createdAt", "rtrim(a.created_at, 'Z')"},
                      {"lastUsedAt", "rtrim(a.last_used_at, 'Z')"}})};
  return source;
}

std::vector<std::string_view> AccountListParams() {
  return {"platform", "groupId", "status", "search", "sort", "order", "limit", "cursor"};
}

Result<Json> ReadAccounts(Snapshot& snapshot, UsageCaches& caches, ListPage& page, const Caller& caller) {
  ASSIGN_OR_RETURN(const auto totals, EntityTotals::Read(snapshot, caches, SeriesCatalog::Kind::kAccount));
  ASSIGN_OR_RETURN(const auto groups, AccountGroups::Read(snapshot));
  Json accounts = Json::array();
  RETURN_IF_ERROR(page.Read(snapshot, &totals, [&](const Statement& row) -> Status {
    accounts.push_back(AccountJson(row, totals, groups, caller));
    return {};
  }));
  return accounts;
}

Result<std::optional<Json>> AccountJsonOf(Snapshot& snapshot, UsageCaches& caches, std::string_view id,
                                          const Caller& caller) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(OneRowSql(AccountSource())));
  query->Bind(1, id);
  ASSIGN_OR_RETURN(const auto row, query->Step());
  if (!row) return std::nullopt;
  ASSIGN_OR_RETURN(const auto groups, AccountGroups::ReadOf(snapshot, id));
  ASSIGN_OR_RETURN(const auto totals, EntityTotals::Read(snapshot, caches, SeriesCatalog::Kind::kAccount));
  return AccountJson(*query, totals, groups, caller);
}

Result<Response> ListAccounts(ApiContext& context, const Call& call) {
  ASSIGN_OR_RETURN(auto page, ListPage::Plan(call, AccountSource(), AccountFilterOf(call.params)));
  return CachedResponse(context, call, Freshness::kChangesWithTime, {SeriesCatalog::Kind::kAccount},
                        [&](Snapshot& snapshot) -> Result<Response> {
                          ASSIGN_OR_RETURN(const auto accounts,
                                           ReadAccounts(snapshot, context.caches, page, call.caller));
                          Response response = JsonResponse(accounts);
                          page.AddHeaders(call, response);
                          return response;
                        });
}

Result<Response> AccountById(ApiContext& context, const Call& call) {
  return CachedResponse(context, call, Freshness::kChangesWithTime, {SeriesCatalog::Kind::kAccount},
                        [&](Snapshot& snapshot) -> Result<Response> {
                          ASSIGN_OR_RETURN(auto account,
                                           AccountJsonOf(snapshot, context.caches, call.id, call.caller));
                          if (!account) return Problem(404, "there is no account with this id");
                          ASSIGN_OR_RETURN(auto hours, HourlyJson(snapshot, context.caches, call.id));
                          (*account)["usage"]["hourly"] = std::move(hours);
                          return JsonResponse(*account);
                        });
}

}  // namespace keymeter::query_api
