#include "query-api/endpoints/top.h"

#include <algorithm>

#include "query-api/endpoints/cached_response.h"
#include "query-api/endpoints/top_query.h"
#include "query-api/endpoints/usage_params.h"
#include "query-api/usage/series_query.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kDefaultTopLimit = 20;
constexpr std::int64_t kMaxTopLimit = 1000;

/// A value of `by`: what it groups by, and under which name older dashboards read the id.
struct TopGrouping {
  std::string_view name;
  GroupBy by;
  std::string_view alias;
};
constexpr TopGrouping kGroupings[] = {
    {"apikey", GroupBy::kApiKey, ""},
    {"user", GroupBy::kApiKey, "user_id"},
    {"token", GroupBy::kApiKey, "token_id"},
    {"account", GroupBy::kAccount, ""},
    {"channel", GroupBy::kAccount, "channel_id"},
    {"model", GroupBy::kModel, "model_name"},
    {"group", GroupBy::kGroup, ""},
    {"platform", GroupBy::kPlatform, ""},
};

struct TopRequest {
  SlotRequest span;
  TopGrouping grouping = kGroupings[0];
  std::string_view metric;
  std::int64_t limit = kDefaultTopLimit;
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
  Json body = Json::array();
  for (const TopSum& sum : sums.names) {
    ASSIGN_OR_RETURN(const auto name, DisplayName(snapshot, request.grouping.by, sum.id));
    Json& row =
        body.emplace_back(Json{{"id", sum.id},
                               {"name", name},
                               {"reqs", sum.usage.requests},
                               {"tokens", sum.usage.TotalTokens()},
                               {"cost", sum.usage.cost_micros / 1e6},
                               {"share", whole > 0 ? ValueOf(sum.usage, request.metric) / whole : 0.0},
                               {"rank", body.size() + 1},
                               {"estimated", sum.estimated}});
    if (!request.grouping.alias.empty()) row[std::string(request.grouping.alias)] = sum.id;
  }
  return body;
}

}  // namespace

std::vector<std::string_view> TopParams() {
  return {"start_ms", "end_ms", "by", "metric", "limit"};
}

Result<Response> StatsTop(ApiContext& context, const Call& call) {
  ASSIGN_OR_RETURN(const auto request, TopRequestOf(call.params));
  const auto freshness = [&](Snapshot& snapshot) -> Result<Freshness> {
    ASSIGN_OR_RETURN(const auto span, KeptSpan(snapshot, request.span, kDaySeconds));
    ASSIGN_OR_RETURN(const auto is_spread_to_now, HasOpenUntimed(snapshot));
    const bool is_over = request.span.end_ms && span.to * 1000 <= snapshot.now_ms && !is_spread_to_now;
    return is_over ? Freshness::kChangesWithData : Freshness::kChangesWithTime;
  };
  return CachedResponse(context, call, freshness, [&](Snapshot& snapshot) -> Result<Response> {
    ASSIGN_OR_RETURN(const auto span, KeptSpan(snapshot, request.span, kDaySeconds));
    ASSIGN_OR_RETURN(auto sums, TopSums::Read(snapshot, context.caches, request.grouping.by, span));
    ASSIGN_OR_RETURN(const auto body, TopJson(snapshot, std::move(sums), request));
    Response response = JsonResponse(body);
    AddSpanHeaders(response, span.from, span.to);
    return response;
  });
}

}  // namespace keymeter::query_api
