#include "query-api/endpoints/top.h"

#include <algorithm>
#include <cmath>

#include "query-api/endpoints/cached_response.h"
#include "query-api/endpoints/csv_answer.h"
#include "query-api/endpoints/top_query.h"
#include "query-api/endpoints/usage_json.h"
#include "query-api/endpoints/usage_params.h"
#include "query-api/usage/display_names.h"
#include "query-api/usage/series_query.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kDefaultTopLimit = 50;
constexpr std::int64_t kMaxTopLimit = 1000;
constexpr double kShareSteps = 1e6;  ///< a millionth

/// A value of `by`: what it groups by, and under which names older dashboards read the id and the name.
struct TopGrouping {
  std::string_view name;
  GroupBy by;
  std::string_view id_alias;
  std::string_view name_alias;
};
constexpr TopGrouping kGroupings[] = {
    {"apikey", GroupBy::kApiKey, "token_id", "token_name"},
    {"token", GroupBy::kApiKey, "token_id", "token_name"},
    {"owner", GroupBy::kOwner, "user_id", "username"},
    {"user", GroupBy::kOwner, "user_id", "username"},
    {"account", GroupBy::kAccount, "channel_id", "channel_name"},
    {"channel", GroupBy::kAccount, "channel_id", "channel_name"},
    {"model", GroupBy::kModel, "", "model_name"},
    {"group", GroupBy::kGroup, "", ""},
    {"platform", GroupBy::kPlatform, "", ""},
    {"tag", GroupBy::kTag, "", ""},
};

struct TopRequest {
  SlotRequest span;
  TopGrouping grouping = kGroupings[0];
  std::string_view metric;
  std::int64_t limit = kDefaultTopLimit;
  SeriesFilter filter{};
  bool is_csv = false;
};

Result<TopRequest> TopRequestOf(const Params& params) {
  TopRequest request;
  ASSIGN_OR_RETURN(const auto span, SpanRequestOf(params));
  request.span = span;
  std::vector<std::string_view> names;
  for (const TopGrouping& grouping : kGroupings) names.push_back(grouping.name);
  ASSIGN_OR_RETURN(const auto by, params.OneOf("by", names));
  request.grouping = *std::find_if(std::begin(kGroupings), std::end(kGroupings),
                                   [&](const TopGrouping& grouping) { return grouping.name == by; });
  ASSIGN_OR_RETURN(const auto metric, MetricOf(params));
  request.metric = metric;
  ASSIGN_OR_RETURN(const auto limit, params.Int("limit", 1, kMaxTopLimit));
  request.limit = limit.value_or(kDefaultTopLimit);
  ASSIGN_OR_RETURN(request.filter, SeriesFilterOf(params));
  RETURN_IF_ERROR(CheckGrouping(request.filter, request.grouping.by, by));
  ASSIGN_OR_RETURN(request.is_csv, WantsCsv(params));
  return request;
}

double ValueOf(const UsageSum& usage, std::string_view metric) {
  if (metric == "cost") return usage.cost_micros;
  return static_cast<double>(metric == "tokens" ? usage.TotalTokens() : usage.requests);
}

/// The most first; equal ones by their ids, so that an answer does not change by itself.
void KeepTheMost(std::vector<TopSum>& names, const TopRequest& request) {
  const auto count = std::min(names.size(), static_cast<std::size_t>(request.limit));
  std::partial_sort(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count), names.end(),
                    [&](const TopSum& a, const TopSum& b) {
                      const double of_a = ValueOf(a.usage, request.metric);
                      const double of_b = ValueOf(b.usage, request.metric);
                      return of_a != of_b ? of_a > of_b : a.id < b.id;
                    });
  names.resize(count);
}

Result<Json> TopJson(Snapshot& snapshot, TopSums sums, const TopRequest& request) {
  KeepTheMost(sums.names, request);
  const double whole = ValueOf(sums.whole, request.metric);
  ASSIGN_OR_RETURN(const auto display_names, DisplayNames::Read(snapshot, request.grouping.by));
  Json body = Json::array();
  for (const TopSum& sum : sums.names) {
    ASSIGN_OR_RETURN(const auto name, display_names.Of(snapshot, sum.id));
    const double share = whole > 0 ? ValueOf(sum.usage, request.metric) / whole : 0.0;
    Json row{{"id", sum.id},
             {"name", name},
             {"reqs", sum.usage.requests},
             {"tokens", sum.usage.TotalTokens()},
             {"cost", CostJson(sum.usage)},
             {"quota_sum", CostJson(sum.usage)},
             {"share", std::round(share * kShareSteps) / kShareSteps},
             {"rank", body.size() + 1},
             {"estimated", sum.estimated}};
    if (sum.usage.unpriced_requests > 0 || request.is_csv)
      row["unpricedRequests"] = sum.usage.unpriced_requests;
    if (!request.grouping.id_alias.empty()) row[std::string(request.grouping.id_alias)] = sum.id;
    if (!request.grouping.name_alias.empty()) row[std::string(request.grouping.name_alias)] = name;
    body.push_back(std::move(row));
  }
  return body;
}

/// The members of TopJson, for CSV.
std::vector<std::string_view> TopColumns(const TopGrouping& grouping) {
  std::vector<std::string_view> columns = {"id",        "name",  "reqs", "tokens",    "cost",
                                           "quota_sum", "share", "rank", "estimated", "unpricedRequests"};
  for (const std::string_view alias : {grouping.id_alias, grouping.name_alias})
    if (!alias.empty()) columns.push_back(alias);
  return columns;
}

}  // namespace

std::vector<std::string_view> TopParams() {
  return {"start_ms",  "end_ms",  "by",    "metric",   "limit", "keyId",
          "accountId", "groupId", "model", "platform", "format"};
}

Result<Response> StatsTop(ApiContext& context, const Call& call) {
  ASSIGN_OR_RETURN(const auto request, TopRequestOf(call.params));
  if (auto refusal = RefusalOfOwnerGroups(call.caller, request.grouping.by)) return std::move(*refusal);
  const auto freshness = [&](Snapshot& snapshot) -> Result<Freshness> {
    ASSIGN_OR_RETURN(const auto span, KeptSpan(snapshot, request.span, kDaySeconds));
    ASSIGN_OR_RETURN(const auto is_spread_to_now, HasOpenUntimed(snapshot));
    const bool is_over = request.span.end_ms && span.to * 1000 <= snapshot.now_ms && !is_spread_to_now;
    return is_over ? Freshness::kChangesWithData : Freshness::kChangesWithTime;
  };
  return CachedResponse(context, call, freshness, [&](Snapshot& snapshot) -> Result<Response> {
    ASSIGN_OR_RETURN(const auto span, KeptSpan(snapshot, request.span, kDaySeconds));
    ASSIGN_OR_RETURN(const auto exists, EntityExists(snapshot, request.filter));
    if (!exists) return Problem(404, "there is no key, account or group with this id");
    ASSIGN_OR_RETURN(auto sums,
                     TopSums::Read(snapshot, context.caches, request.filter, request.grouping.by, span));
    ASSIGN_OR_RETURN(const auto body, TopJson(snapshot, std::move(sums), request));
    Response response =
        request.is_csv ? CsvResponse(TopColumns(request.grouping), body, "top") : JsonResponse(body);
    AddSpanHeaders(response, span.from, span.to);
    return response;
  });
}

}  // namespace keymeter::query_api
