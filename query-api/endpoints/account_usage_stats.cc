#include "query-api/endpoints/account_usage_stats.h"

#include "query-api/endpoints/cached_response.h"
#include "query-api/endpoints/list_query.h"
#include "query-api/endpoints/usage_json.h"
#include "query-api/usage/entity_totals.h"
#include "query-api/usage/series_query.h"

namespace keymeter::query_api {

namespace {

const ListSource& StatsSource() {
  static const ListSource source{"a.name, a.platform", "account a", "a.id", "", {{"accountId", "a.id"}}};
  return source;
}

/// Of all accounts that there are or were.
Result<UsageSummary> OverallUsage(Snapshot& snapshot, const EntityTotals& totals) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare("SELECT id FROM account"));
  UsageSummary overall{{}, {}, {}, LiveRates(snapshot.now_ms)};
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return overall;
    overall.AddSums(totals.Of(query->Text(0)));
  }
}

}  // namespace

std::vector<std::string_view> AllAccountUsageStatsParams() {
  return {"limit", "cursor"};
}

Result<Response> AllAccountUsageStats(ApiContext& context, const Call& call) {
  ASSIGN_OR_RETURN(auto page, ListPage::Plan(call, StatsSource(), {}));
  return CachedResponse(
      context, call, Freshness::kChangesWithTime, {SeriesCatalog::Kind::kAccount},
      [&](Snapshot& snapshot) -> Result<Response> {
        ASSIGN_OR_RETURN(const auto totals,
                         EntityTotals::Read(snapshot, context.caches, SeriesCatalog::Kind::kAccount));
        ASSIGN_OR_RETURN(const auto overall, OverallUsage(snapshot, totals));
        Json accounts = Json::array();
        RETURN_IF_ERROR(page.Read(snapshot, [&](const Statement& row) -> Status {
          Json& account = accounts.emplace_back(
              Json{{"accountId", row.Text(0)}, {"accountName", row.Text(1)}, {"platform", row.Text(2)}});
          account.update(AccountSumsJson(totals.Of(row.Text(0))));
          return {};
        }));
        Response response =
            JsonResponse(Json{{"overall", AccountSumsJson(overall)}, {"accounts", std::move(accounts)}});
        page.AddHeaders(call, response);
        return response;
      });
}

Result<Response> AccountUsageStats(ApiContext& context, const Call& call) {
  return CachedResponse(
      context, call, Freshness::kChangesWithTime, {SeriesCatalog::Kind::kAccount},
      [&](Snapshot& snapshot) -> Result<Response> {
        ASSIGN_OR_RETURN(const auto exists,
                         EntityExists(snapshot, {SeriesFilter::Scope::kAccount, call.id, {}}));
        if (!exists) return Problem(404, "there is no account with this id");
        ASSIGN_OR_RETURN(const auto totals,
                         EntityTotals::Read(snapshot, context.caches, SeriesCatalog::Kind::kAccount));
        return JsonResponse(AccountSumsJson(totals.Of(call.id)));
      });
}

}  // namespace keymeter::query_api
