#include "query-api/series.h"

#include "query-api/answer.h"
#include "query-api/series_query.h"
#include "query-api/slots.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

Result<SlotRequest> SlotRequestOf(const Params& params) {
  SlotRequest request;
  const auto start = params.Int("start_ms", 0, Slots::kLastMs);
  if (!start) return Fail(start.error());
  const auto end = params.Int("end_ms", 0, Slots::kLastMs);
  if (!end) return Fail(end.error());
  const auto slot = params.Int("slot_sec", kMinuteSeconds, 366 * kDaySeconds);
  if (!slot) return Fail(slot.error());
  request.start_ms = *start;
  request.end_ms = *end;
  request.slot_sec = *slot;
  if (params.Text("unit")) {
    const auto unit = params.OneOf("unit", {"week", "month"});
    if (!unit) return Fail(unit.error());
    request.unit = *unit;
  }
  return request;
}

Result<SeriesFilter> FilterOf(const Params& params) {
  using Scope = SeriesFilter::Scope;
  SeriesFilter filter;
  for (const auto& [name, scope] : {std::pair("keyId", Scope::kKey), std::pair("accountId", Scope::kAccount),
                                    std::pair("groupId", Scope::kGroup)}) {
    const auto id = params.Text(name);
    if (!id) continue;
    if (filter.scope != Scope::kAllKeys)
      return Fail(
          ErrorCode::kInvalid,
          "keyId, accountId and groupId exclude each other: the relay keeps no counter for key x account");
    filter.scope = scope;
    filter.id = std::string(*id);
  }
  if (const auto model = params.Text("model")) filter.model = std::string(*model);
  return filter;
}

Json RowJson(const SeriesRow& row, bool is_of_keys) {
  return Json{{"bucket", FormatRfc3339(row.bucket * 1000)},
              {"reqs", row.usage.requests},
              {"tokens", row.usage.TotalTokens()},
              {"inputTokens", row.usage.input_tokens},
              {"outputTokens", row.usage.output_tokens},
              {"cacheCreateTokens", row.usage.cache_create_tokens},
              {"cacheReadTokens", row.usage.cache_read_tokens},
              {"cost", row.usage.cost_micros / 1e6},
              {"users", is_of_keys ? Json(row.owners) : Json()},
              {"tokens_cnt", is_of_keys ? Json(row.entities) : Json()},
              {"estimated", row.estimated},
              {"coverage", row.coverage}};
}

}  // namespace

std::vector<std::string_view> SeriesParams() {
  return {"start_ms", "end_ms", "slot_sec", "unit", "keyId", "accountId", "groupId", "model"};
}

Result<Response> StatsSeries(ApiContext& context, const Call& call) {
  const auto request = SlotRequestOf(call.params);
  if (!request) return Fail(request.error());
  const auto filter = FilterOf(call.params);
  if (!filter) return Fail(filter.error());
  const auto slots_of = [&](const Snapshot& snapshot) -> Result<Slots> {
    const auto asked = Slots::Make(*request, snapshot.now_ms, snapshot.state.utc_offset_s);
    if (!asked) return asked;
    return asked->WidenedTo(snapshot.state.horizons);
  };
  const auto freshness = [&](Snapshot& snapshot) -> Result<Freshness> {
    const auto slots = slots_of(snapshot);
    if (!slots) return Fail(slots.error());
    const auto is_spread_to_now = SeriesQuery(snapshot, *filter).HasOpenUntimed();
    if (!is_spread_to_now) return Fail(is_spread_to_now.error());
    // The running part also changes by its coverage.
    const bool is_over = slots->end() * 1000 <= snapshot.now_ms && !*is_spread_to_now;
    return is_over ? Freshness::kChangesWithData : Freshness::kChangesWithTime;
  };
  return Answer(context, call, freshness, [&](Snapshot& snapshot) -> Result<Response> {
    const auto slots = slots_of(snapshot);
    if (!slots) return Fail(slots.error());
    SeriesQuery query(snapshot, *filter);
    const auto exists = query.Exists();
    if (!exists) return Fail(exists.error());
    if (!*exists) return Problem(404, "there is no key, account or group with this id");
    const auto rows = query.Rows(*slots);
    if (!rows) return Fail(rows.error());
    Json body = Json::array();
    for (const SeriesRow& row : *rows) body.push_back(RowJson(row, filter->IsOfKeys()));
    Response response = JsonResponse(body);
    response.headers.push_back({"X-Start-Ms", fmt::format("{}", slots->start() * 1000)});
    response.headers.push_back({"X-End-Ms", fmt::format("{}", slots->end() * 1000)});
    return response;
  });
}

}  // namespace keymeter::query_api
