#include "query-api/endpoints/entity_usage.h"

#include <algorithm>
#include <array>

#include "query-api/endpoints/cached_response.h"
#include "query-api/endpoints/time_param.h"
#include "query-api/endpoints/usage_json.h"
#include "query-api/endpoints/usage_params.h"
#include "query-api/usage/series_query.h"
#include "query-api/usage/slots.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

struct Granularity {
  std::string_view name;
  std::optional<std::int64_t> slot_sec;
  std::string_view unit;
};

constexpr std::array<Granularity, 5> kGranularities = {{
    {"daily", kDaySeconds, ""},
    {"minute", kMinuteSeconds, ""},
    {"hourly", kHourSeconds, ""},
    {"weekly", std::nullopt, "week"},
    {"monthly", std::nullopt, "month"},
}};

Result<Granularity> GranularityOf(const Params& params) {
  std::vector<std::string_view> names;
  names.reserve(kGranularities.size());
  for (const Granularity& each : kGranularities) names.push_back(each.name);
  ASSIGN_OR_RETURN(const auto name, params.OneOf("granularity", names));
  return *std::find_if(kGranularities.begin(), kGranularities.end(),
                       [&](const Granularity& each) { return each.name == name; });
}

/// A moment of the span, inside what slots take.
Result<std::optional<std::int64_t>> SpanParam(const Params& params, std::string_view name, Edge edge,
                                              std::int64_t offset) {
  auto moment = TimeParam(params, name, edge, offset);
  if (!moment || !*moment) return moment;
  // 1970-01-01 may begin before 1970 at the source; it is what people mean by "from the beginning".
  if (**moment < -kDaySeconds * 1000) return Fail(ErrorCode::kInvalid, "{} takes times since 1970", name);
  return std::clamp<std::int64_t>(**moment, 0, Slots::kLastMs);
}

Result<Slots> UsageSlotsOf(const Params& params, const Granularity& granularity, const Snapshot& snapshot) {
  const std::int64_t offset = snapshot.state.utc_offset_s;
  ASSIGN_OR_RETURN(const auto start, SpanParam(params, "startDate", Edge::kStart, offset));
  ASSIGN_OR_RETURN(const auto end, SpanParam(params, "endDate", Edge::kEnd, offset));
  if (end && start.value_or(0) >= *end) return Fail(ErrorCode::kInvalid, "startDate must be before endDate");
  const auto asked =
      Slots::Make({start, end, granularity.slot_sec, granularity.unit}, snapshot.now_ms, offset);
  auto wide = asked ? asked->WidenedTo(snapshot.state.horizons) : asked;
  if (!wide) return Fail(wide.error().In("startDate, endDate and granularity"));
  return wide;
}

Json UsageRowJson(const SeriesRow& row, const Granularity& granularity, bool is_of_keys,
                  std::int64_t offset) {
  Json json{{"bucket", FormatRfc3339(row.bucket * 1000)}};
  if (granularity.unit == "month") {
    json["month"] = FormatMonth(row.bucket, offset);
  } else if (granularity.slot_sec.value_or(kDaySeconds) >= kDaySeconds) {
    json["date"] = FormatDate(row.bucket, offset);
  }
  json.update(UsageJson(row.usage, is_of_keys ? UsageOwner::kApiKey : UsageOwner::kAccount));
  if (!is_of_keys) json.erase("realCost");
  json["estimated"] = row.estimated;
  json["coverage"] = row.coverage;
  return json;
}

Result<Response> EntityUsageOver(ApiContext& context, const Call& call, SeriesFilter filter,
                                 std::string_view not_found) {
  ASSIGN_OR_RETURN(const auto granularity, GranularityOf(call.params));
  if (const auto model = call.params.Text("model")) filter.model = std::string(*model);
  const auto freshness = [&](Snapshot& snapshot) -> Result<Freshness> {
    ASSIGN_OR_RETURN(const auto slots, UsageSlotsOf(call.params, granularity, snapshot));
    ASSIGN_OR_RETURN(const auto is_spread_to_now, HasOpenUntimed(snapshot));
    const bool is_over = slots.end() * 1000 <= snapshot.now_ms && !is_spread_to_now;
    return is_over ? Freshness::kChangesWithData : Freshness::kChangesWithTime;
  };
  return CachedResponse(context, call, freshness, [&](Snapshot& snapshot) -> Result<Response> {
    ASSIGN_OR_RETURN(const auto slots, UsageSlotsOf(call.params, granularity, snapshot));
    ASSIGN_OR_RETURN(const auto exists, EntityExists(snapshot, filter));
    if (!exists) return Problem(404, not_found);
    ASSIGN_OR_RETURN(const auto rows, SeriesQuery(snapshot, context.caches, filter).Rows(slots));
    Json body = Json::array();
    for (const SeriesRow& row : rows)
      body.push_back(UsageRowJson(row, granularity, filter.IsOfKeys(), slots.utc_offset_s()));
    Response response = JsonResponse(body);
    AddSpanHeaders(response, slots.start(), slots.end());
    return response;
  });
}

}  // namespace

std::vector<std::string_view> EntityUsageParams() {
  return {"startDate", "endDate", "granularity", "model"};
}

Result<Response> ApiKeyUsage(ApiContext& context, const Call& call) {
  return EntityUsageOver(context, call, {SeriesFilter::Scope::kKey, call.id, {}},
                         "there is no API key with this id");
}

Result<Response> AccountUsage(ApiContext& context, const Call& call) {
  return EntityUsageOver(context, call, {SeriesFilter::Scope::kAccount, call.id, {}},
                         "there is no account with this id");
}

}  // namespace keymeter::query_api
