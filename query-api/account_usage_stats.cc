#include "query-api/account_usage_stats.h"

#include "query-api/answer.h"
#include "query-api/series_query.h"
#include "query-api/usage.h"

namespace keymeter::query_api {

namespace {

void AddStats(Json& json, const EntityUsage& usage) {
  json["today"] = UsageJson(usage.today);
  json["month"] = UsageJson(usage.month);
  json["total"] = UsageJson(usage.total);
}

}  // namespace

Result<Response> AllAccountUsageStats(ApiContext& context, const Call& call) {
  return Answer(context, call, Freshness::kChangesWithTime, [&](Snapshot& snapshot) -> Result<Response> {
    auto reader = UsageReader::Make(snapshot, "account");
    if (!reader) return Fail(reader.error());
    auto query = snapshot.lease.Prepare("SELECT id, name, platform FROM account ORDER BY id");
    if (!query) return Fail(query.error());
    EntityUsage overall{{}, {}, {}, LiveRates(snapshot.now_ms)};
    Json accounts = Json::array();
    for (;;) {
      const auto row = (*query)->Step();
      if (!row) return Fail(row.error());
      if (!*row) break;
      const auto usage = reader->Read((*query)->Text(0));
      if (!usage) return Fail(usage.error());
      overall.today += usage->today;
      overall.month += usage->month;
      overall.total += usage->total;
      Json& account = accounts.emplace_back(Json{{"accountId", (*query)->Text(0)},
                                                 {"accountName", (*query)->Text(1)},
                                                 {"platform", (*query)->Text(2)}});
      AddStats(account, *usage);
    }
    Json body{{"overall", Json::object()}, {"accounts", std::move(accounts)}};
    AddStats(body["overall"], overall);
    return JsonResponse(body);
  });
}

Result<Response> AccountUsageStats(ApiContext& context, const Call& call) {
  return Answer(context, call, Freshness::kChangesWithTime, [&](Snapshot& snapshot) -> Result<Response> {
    const auto exists = SeriesQuery(snapshot, {SeriesFilter::Scope::kAccount, call.id, {}}).Exists();
    if (!exists) return Fail(exists.error());
    if (!*exists) return Problem(404, "there is no account with this id");
    auto reader = UsageReader::Make(snapshot, "account");
    if (!reader) return Fail(reader.error());
    const auto usage = reader->Read(call.id);
    if (!usage) return Fail(usage.error());
    Json body = Json::object();
    AddStats(body, *usage);
    return JsonResponse(body);
  });
}

}  // namespace keymeter::query_api
