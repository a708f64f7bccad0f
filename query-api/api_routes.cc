#include "query-api/api_routes.h"

#include "query-api/endpoints/account_cost.h"
#include "query-api/endpoints/account_usage_stats.h"
#include "query-api/endpoints/accounts.h"
#include "query-api/endpoints/api_keys.h"
#include "query-api/endpoints/csv_redirect.h"
#include "query-api/endpoints/entity_usage.h"
#include "query-api/endpoints/groups.h"
#include "query-api/endpoints/health.h"
#include "query-api/endpoints/heatmap.h"
#include "query-api/endpoints/openapi.h"
#include "query-api/endpoints/series.h"
#include "query-api/endpoints/system_metrics.h"
#include "query-api/endpoints/top.h"
#include "query-api/endpoints/usage_breakdown.h"
#include "query-api/exports/export_report.h"

namespace keymeter::query_api {

namespace {

Result<Response> Contract(ApiContext& /*context*/, const Call& call) {
  return OpenApiAnswer(call.request);
}

Result<Response> Health(ApiContext& context, const Call& /*call*/) {
  return HealthAnswer(context);
}

}  // namespace

std::vector<Route> ApiRoutes(ApiContext& context) {
  using ApiHandler = Result<Response> (*)(ApiContext&, const Call&);
  const auto with = [&context](ApiHandler handler) -> Handler {
    return [&context, handler](const Call& call) { return handler(context, call); };
  };
  return {
      {"GET", "/openapi.json", {}, with(Contract)},
      {"GET", "/api/health", {}, with(Health)},
      {"GET", "/api/apikeys", ApiKeyListParams(), with(ListApiKeys), kRepeatedKeyFilter},
      {"GET", "/api/apikeys/{id}", {}, with(ApiKeyById)},
      {"GET", "/api/apikeys/{id}/usage", EntityUsageParams(), with(ApiKeyUsage)},
      {"GET", "/api/apikeys/{id}/usage-breakdown", {}, with(ApiKeyUsageBreakdown)},
      {"GET", "/api/accounts", AccountListParams(), with(ListAccounts)},
      {"GET", "/api/accounts/usage-stats", AllAccountUsageStatsParams(), with(AllAccountUsageStats)},
      {"GET", "/api/accounts/{id}", {}, with(AccountById)},
      {"GET", "/api/accounts/{id}/cost", AccountCostParams(), with(AccountCost)},
      {"GET", "/api/accounts/{id}/usage", EntityUsageParams(), with(AccountUsage)},
      {"GET", "/api/accounts/{id}/usage-stats", {}, with(AccountUsageStats)},
      {"GET", "/api/accounts/{id}/usage-breakdown", {}, with(AccountUsageBreakdown)},
      {"GET", "/api/groups", GroupListParams(), with(ListGroups)},
      {"GET", "/api/groups/{id}", {}, with(GroupById)},
      {"GET", "/api/groups/{id}/members", GroupMembersParams(), with(GroupMembers)},
      {"GET", "/api/stats/series", SeriesParams(), with(StatsSeries)},
      {"GET", "/api/export/report", ExportParams(), with(ExportReport), kRepeatedKeyFilter},
      {"GET", "/api/stats/top", TopParams(), with(StatsTop)},
      {"GET", "/api/stats/heatmap", HeatmapParams(), with(StatsHeatmap)},
      {"GET", "/api/realtime/system-metrics", {}, with(SystemMetrics)},
      // As older dashboards know them.
      {"GET", "/admin/accounts/usage-stats", AllAccountUsageStatsParams(), with(AllAccountUsageStats)},
      {"GET", "/admin/accounts/{id}/usage-stats", {}, with(AccountUsageStats)},
      {"GET", "/admin/accounts/{id}/usage-breakdown", {}, with(AccountUsageBreakdown)},
      {"GET", "/api/export/csv", CsvRedirectParams(), with(CsvRedirect)},
  };
}

}  // namespace keymeter::query_api
