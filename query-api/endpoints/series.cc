#include "query-api/endpoints/series.h"

#include <iterator>

#include "query-api/endpoints/cached_response.h"
#include "query-api/endpoints/usage_params.h"
#include "query-api/usage/series_query.h"
#include "query-api/usage/slots.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

Result<SlotRequest> SlotRequestOf(const Params& params) {
  auto request = SpanRequestOf(params);
  if (!request) return request;
  ASSIGN_OR_RETURN(const auto slot, params.Int("slot_sec", kMinuteSeconds, 366 * kDaySeconds));
  request->slot_sec = slot;
  if (params.Text("unit")) {
    ASSIGN_OR_RETURN(const auto unit, params.OneOf("unit", {"week", "month"}));
    request->unit = unit;
  }
  return request;
}

Result<GroupBy> GroupingOf(const Params& params, const SeriesFilter& filter) {
  if (!params.Text("by")) return GroupBy::kNothing;
  ASSIGN_OR_RETURN(const auto by, params.OneOf("by", {"model", "platform", "apikey", "account", "group"}));
  const GroupBy grouping = by == "model"      ? GroupBy::kModel
                           : by == "platform" ? GroupBy::kPlatform
                           : by == "apikey"   ? GroupBy::kApiKey
                           : by == "account"  ? GroupBy::kAccount
                                              : GroupBy::kGroup;
  if (filter.scope == SeriesFilter::Scope::kKey && IsOfAccounts(grouping))
    return Fail(
        ErrorCode::kInvalid,
        "keyId excludes by={}: the relay keeps no counter for key x account; by takes model or apikey", by);
  if (!filter.IsOfKeys() && grouping == GroupBy::kApiKey)
    return Fail(
        ErrorCode::kInvalid,
        "accountId and groupId exclude by=apikey: the relay keeps no counter for key x account; by takes "
        "model, platform, account or group");
  return grouping;
}

/// A row's members as text: a grouped answer has tens of thousands of them, and a tree of values takes ten
/// times as long.
void AppendRow(std::string& body, const SeriesRow& row, std::string_view names, bool is_of_keys) {
  const auto out = std::back_inserter(body);
  fmt::format_to(out,
                 R"({}{{"bucket":"{}",{}"reqs":{},"tokens":{},"inputTokens":{},"outputTokens":{},)"
                 R"("cacheCreateTokens":{},"cacheReadTokens":{},"cost":{},)",
                 body.size() > 1 ? "," : "", FormatRfc3339(row.bucket * 1000), names, row.usage.requests,
                 row.usage.TotalTokens(), row.usage.input_tokens, row.usage.output_tokens,
                 row.usage.cache_create_tokens, row.usage.cache_read_tokens,
                 Json(row.usage.cost_micros / 1e6).dump());
  if (is_of_keys) {
    fmt::format_to(out, R"("users":{},"tokens_cnt":{},)", row.owners, row.entities);
  } else {
    body += R"("users":null,"tokens_cnt":null,)";
  }
  fmt::format_to(out, R"("estimated":{},"coverage":{}}})", row.estimated, Json(row.coverage).dump());
}

/// Slot after slot, in each the names in the order of their ids.
std::string NamedBody(const std::vector<NamedSeries>& series, std::size_t slots, bool is_of_keys) {
  std::vector<std::string> names;
  names.reserve(series.size());
  for (const NamedSeries& each : series) names.push_back(NameMembers(each.id, each.name));
  std::string body = "[";
  for (std::size_t slot = 0; slot < slots; ++slot)
    for (std::size_t i = 0; i < series.size(); ++i)
      AppendRow(body, series[i].rows[slot], names[i], is_of_keys);
  return body + "]";
}

Result<std::string> BodyOf(SeriesQuery& query, const Slots& slots, const SeriesFilter& filter, GroupBy by) {
  const bool is_of_keys = filter.IsOfKeys() && !IsOfAccounts(by);
  if (by != GroupBy::kNothing) {
    ASSIGN_OR_RETURN(const auto named, query.NamedRows(slots, by));
    return NamedBody(named, slots.count(), is_of_keys);
  }
  ASSIGN_OR_RETURN(const auto rows, query.Rows(slots));
  std::string body = "[";
  for (const SeriesRow& row : rows) AppendRow(body, row, "", is_of_keys);
  return body + "]";
}

Result<Response> SeriesAnswer(Snapshot& snapshot, UsageCaches& caches, const SlotRequest& request,
                              const SeriesFilter& filter, GroupBy by) {
  ASSIGN_OR_RETURN(const auto slots, KeptSlots(snapshot, request));
  ASSIGN_OR_RETURN(const auto exists, EntityExists(snapshot, filter));
  if (!exists) return Problem(404, "there is no key, account or group with this id");
  SeriesQuery query(snapshot, caches, filter);
  ASSIGN_OR_RETURN(auto body, BodyOf(query, slots, filter, by));
  Response response;
  response.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
  AddSpanHeaders(response, slots.start(), slots.end());
  response.body = std::move(body);
  return response;
}

}  // namespace

std::vector<std::string_view> SeriesParams() {
  return {"start_ms", "end_ms", "slot_sec", "unit", "keyId", "accountId", "groupId", "model", "by"};
}

Result<Response> StatsSeries(ApiContext& context, const Call& call) {
  ASSIGN_OR_RETURN(const auto request, SlotRequestOf(call.params));
  ASSIGN_OR_RETURN(const auto filter, SeriesFilterOf(call.params));
  ASSIGN_OR_RETURN(const auto by, GroupingOf(call.params, filter));
  const auto freshness = [&](Snapshot& snapshot) -> Result<Freshness> {
    ASSIGN_OR_RETURN(const auto slots, KeptSlots(snapshot, request));
    ASSIGN_OR_RETURN(const auto is_spread_to_now, HasOpenUntimed(snapshot));
    // The running part also changes by its coverage.
    const bool is_over = slots.end() * 1000 <= snapshot.now_ms && !is_spread_to_now;
    return is_over ? Freshness::kChangesWithData : Freshness::kChangesWithTime;
  };
  return CachedResponse(context, call, freshness, [&](Snapshot& snapshot) {
    return SeriesAnswer(snapshot, context.caches, request, filter, by);
  });
}

}  // namespace keymeter::query_api
