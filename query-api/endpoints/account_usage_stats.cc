#include "query-api/endpoints/account_usage_stats.h"

#include "query-api/endpoints/answer.h"
#include "query-api/endpoints/list_query.h"
#include "query-api/usage/entity_totals.h"
#include "query-api/usage/series_query.h"
#include "query-api/usage/usage.h"

namespace keymeter::query_api {

namespace {

void AddStats(Json& json, const EntityUsage& usage) {
  json["today"] = UsageJson(usage.today);
  json["month"] = UsageJson(usage.month);
  json["total"] = UsageJson(usage.total);
}

const ListSource& StatsSource() {
  static const ListSource source{"a.name, a.platform", "account a", "a.id", "", {{"accountId", "a.id"}}};
  return source;
}

/// Of all accounts that there are or were.
Result<EntityUsage> OverallUsage(Snapshot& snapshot, const EntityTotals& totals) {
  auto query = snapshot.lease.Prepare("SELECT id FROM account");
  if (!query) return Fail(query.error());
  EntityUsage overall{{}, {}, {}, LiveRates(snapshot.now_ms)};
  for (;;) {
    const auto row = (*query)->Step();
    if (!row) return Fail(row.error());
    if (!*row) return overall;
    const EntityUsage usage = totals.Of((*query)->Text(0));
    overall.today += usage.today;
    overall.month += usage.month;
    overall.total += usage.total;
  }
}

}  // namespace

std::vector<std::string_view> AllAccountUsageStatsParams() {
  return {"limit", "cursor"};
}

Result<Response> AllAccountUsageStats(ApiContext& context, const Call& call) {
  auto page = ListPage::Plan(call, StatsSource(), {});
  if (!page) return Fail(page.error());
  return Answer(context, call, Freshness::kChangesWithTime, [&](Snapshot& snapshot) -> Result<Response> {
    const auto totals = EntityTotals::Read(snapshot, SeriesCatalog::Kind::kAccount);
    if (!totals) return Fail(totals.error());
    const auto overall = OverallUsage(snapshot, *totals);
    if (!overall) return Fail(overall.error());
    Json accounts = Json::array();
    const auto read = page->Read(snapshot, &*totals, [&](const Statement& row) -> Status {
      Json& account = accounts.emplace_back(
          Json{{"accountId", row.Text(0)}, {"accountName", row.Text(1)}, {"platform", row.Text(2)}});
      AddStats(account, totals->Of(row.Text(0)));
      return {};
    });
    if (!read) return Fail(read.error());
    Json body{{"overall", Json::object()}, {"accounts", std::move(accounts)}};
    AddStats(body["overall"], *overall);
    Response response = JsonResponse(body);
    page->AddHeaders(call, response);
    return response;
  });
}

Result<Response> AccountUsageStats(ApiContext& context, const Call& call) {
  return Answer(context, call, Freshness::kChangesWithTime, [&](Snapshot& snapshot) -> Result<Response> {
    const auto exists = SeriesQuery(snapshot, {SeriesFilter::Scope::kAccount, call.id, {}}).Exists();
    if (!exists) return Fail(exists.error());
    if (!*exists) return Problem(404, "there is no account with this id");
    const auto totals = EntityTotals::Read(snapshot, SeriesCatalog::Kind::kAccount);
    if (!totals) return Fail(totals.error());
    Json body = Json::object();
    AddStats(body, totals->Of(call.id));
    return JsonResponse(body);
  });
}

}  // namespace keymeter::query_api
