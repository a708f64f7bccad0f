#include "query-api/endpoints/account_cost.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "query-api/endpoints/cached_response.h"
#include "query-api/endpoints/csv_answer.h"
#include "query-api/endpoints/day_range.h"
#include "query-api/usage/bucket_list.h"
#include "query-api/usage/series_query.h"
#include "query-api/usage/usage_sum.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

constexpr std::array<std::string_view, 4> kKinds = {"input", "output", "cacheCreate", "cacheRead"};

/// What one model cost over the whole span.
struct ModelCost {
  std::string model;
  std::int64_t requests = 0;
  std::array<std::int64_t, kKinds.size()> tokens{};
  std::array<double, kKinds.size()> micros{};
  std::int64_t unpriced_requests = 0;  ///< of days without a price
  bool is_known = false;               ///< some day has a price
  bool priced = true;                  ///< on each day
  bool is_lower_bound = false;         ///< on some day: see the view account_cost_day

  void Round() {
    for (double& kind : micros) kind = std::round(kind);
  }
  [[nodiscard]] double total_micros() const { return micros[0] + micros[1] + micros[2] + micros[3]; }
};

/// The rows of one account in a table, from the buckets of a JSON array. {0}: the expression of the day.
constexpr std::string_view kPartSql = R"(
    SELECT s.model, {0} AS day, u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens,
      u.cache_read_tokens, u.ephemeral_1h_tokens
    FROM series s
      CROSS JOIN json_each({1}) b
      CROSS JOIN {2} u ON u.bucket = b.value AND u.series = s.id
    WHERE s.kind = 'account' AND s.entity = ?1{3})";

/// {0}: the parts; {1}: kCacheCreateUsd.
constexpr std::string_view kCostSql = R"(
    SELECT u.model, u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,
      coalesce(u.input_tokens * p.input, 0.0) * 1e6,
      coalesce(u.output_tokens * p.output, 0.0) * 1e6,
      coalesce({1}, 0.0) * 1e6,
      coalesce(u.cache_read_tokens * p.cache_read, 0.0) * 1e6,
      p.model IS NOT NULL,
      coalesce(p.long_above > 0
        AND u.input_tokens + u.cache_create_tokens + u.cache_read_tokens > p.long_above, 0)
    FROM (
        SELECT model, day, sum(requests) AS requests, sum(input_tokens) AS input_tokens,
          sum(output_tokens) AS output_tokens, sum(cache_create_tokens) AS cache_create_tokens,
          sum(cache_read_tokens) AS cache_read_tokens, sum(ephemeral_1h_tokens) AS ephemeral_1h_tokens
        FROM ({0})
        GROUP BY model, day) u
      LEFT JOIN price p ON p.model = u.model AND u.day >= p.valid_from AND u.day < p.valid_until
    ORDER BY u.model)";

/// One row for each model and day: the stored day; its minutes that are not rolled up yet; and, on the first
/// day of each month that lies inside the span whole, what is known to that month only, which is all of it
/// when its days are gone. Parameters: 1 account, 2 days, 3 minutes, 4 months, 5 offset, 6 months without
/// days.
std::string DayCostSql() {
  const auto part = [](std::string_view day, std::string_view buckets, std::string_view table,
                       std::string_view where) {
    return fmt::format(fmt::runtime(kPartSql), day, buckets, table, where);
  };
  const std::array parts = {
      part("u.bucket", "?2", "usage_day", ""),
      part("(u.bucket + ?5) / 86400 * 86400 - ?5", "?3", "usage_minute", ""),
      part("u.bucket", "?4", "usage_untimed", " AND u.level = 'month'"),
      part("u.bucket", "?6", "usage_month", ""),
  };
  return fmt::format(fmt::runtime(kCostSql), fmt::join(parts, " UNION ALL "), kCacheCreateUsd);
}

std::vector<std::int64_t> DaysIn(const DayRange& range) {
  std::vector<std::int64_t> days;
  for (std::int64_t day = range.from; day < range.to; day += kDaySeconds) days.push_back(day);
  return days;
}

std::vector<std::int64_t> WholeMonthsIn(const DayRange& range, std::int64_t offset) {
  std::vector<std::int64_t> months;
  std::int64_t month = BucketOf(Level::kMonth, range.from, offset);
  if (month < range.from) month = NextBucket(Level::kMonth, month, offset);
  for (std::int64_t next = 0; (next = NextBucket(Level::kMonth, month, offset)) <= range.to; month = next)
    months.push_back(month);
  return months;
}

void AddDay(const Statement& row, ModelCost& cost) {
  cost.requests += row.Int(1);
  for (int kind = 0; kind < static_cast<int>(kKinds.size()); ++kind) {
    cost.tokens[static_cast<std::size_t>(kind)] += row.Int(2 + kind);
    cost.micros[static_cast<std::size_t>(kind)] += row.Real(6 + kind);
  }
  const bool is_priced = row.Int(10) != 0;
  cost.is_known = cost.is_known || is_priced;
  cost.priced = cost.priced && is_priced;
  if (!is_priced) cost.unpriced_requests += row.Int(1);
  cost.is_lower_bound = cost.is_lower_bound || row.Int(11) != 0;
}

/// Rounded, the most expensive first.
Result<std::vector<ModelCost>> ReadCosts(Snapshot& snapshot, const std::string& account,
                                         const DayRange& range) {
  const std::int64_t offset = snapshot.state.utc_offset_s;
  const std::int64_t minutes_from = std::max(range.from, snapshot.state.rolled_until);
  ASSIGN_OR_RETURN(const auto minutes, BucketsOf(snapshot, "usage_minute", minutes_from, range.to));
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(DayCostSql()));
  const std::int64_t days_from = snapshot.state.horizons.days;
  const DayRange with_days{std::max(range.from, days_from), range.to};
  const DayRange without{range.from, std::min(range.to, days_from)};
  query->Bind(1, account).Bind(2, JsonArrayOf(DaysIn(with_days))).Bind(3, JsonArrayOf(minutes));
  query->Bind(4, JsonArrayOf(WholeMonthsIn(with_days, offset))).Bind(5, offset);
  query->Bind(6, JsonArrayOf(WholeMonthsIn(without, offset)));
  std::vector<ModelCost> costs;
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) break;
    const std::string_view model = query->Text(0);
    if (costs.empty() || costs.back().model != model) costs.push_back({.model = std::string(model)});
    AddDay(*query, costs.back());
  }
  for (ModelCost& cost : costs) cost.Round();
  std::stable_sort(costs.begin(), costs.end(), [](const ModelCost& a, const ModelCost& b) {
    return a.total_micros() > b.total_micros();
  });
  return costs;
}

Json UsdOrNull(double micros, bool is_known) {
  return is_known ? Json(UsdOfMicros(micros)) : Json();
}

/// The members of ModelJson, for CSV.
std::vector<std::string_view> CostColumns() {
  return {"model",
          "requests",
          "tokens.input",
          "tokens.output",
          "tokens.cacheCreate",
          "tokens.cacheRead",
          "cost.input",
          "cost.output",
          "cost.cacheCreate",
          "cost.cacheRead",
          "cost.total",
          "priced",
          "unpricedRequests",
          "lowerBound"};
}

Json ModelJson(const ModelCost& cost) {
  Json tokens;
  Json usd;
  for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
    tokens[std::string(kKinds[kind])] = cost.tokens[kind];
    usd[std::string(kKinds[kind])] = UsdOrNull(cost.micros[kind], cost.is_known);
  }
  usd["total"] = UsdOrNull(cost.total_micros(), cost.is_known);
  return Json{{"model", cost.model},
              {"requests", cost.requests},
              {"tokens", std::move(tokens)},
              {"cost", std::move(usd)},
              {"priced", cost.priced},
              {"unpricedRequests", cost.unpriced_requests},
              {"lowerBound", cost.is_lower_bound}};
}

}  // namespace

std::vector<std::string_view> AccountCostParams() {
  return {"date", "startDate", "endDate", "format"};
}

Result<Response> AccountCost(ApiContext& context, const Call& call) {
  ASSIGN_OR_RETURN(const bool is_csv, WantsCsv(call.params));
  return CachedResponse(
      context, call, Freshness::kChangesWithTime, [&](Snapshot& snapshot) -> Result<Response> {
        ASSIGN_OR_RETURN(const auto asked,
                         DayRange::Of(call.params, snapshot.now_ms, snapshot.state.utc_offset_s));
        const DayRange range = asked.WidenedTo(snapshot.state.horizons, snapshot.state.utc_offset_s);
        // Which days are meant may depend on the time; what they hold is data.
        ASSIGN_OR_RETURN(const auto exists,
                         EntityExists(snapshot, {SeriesFilter::Scope::kAccount, call.id, {}}));
        if (!exists) return Problem(404, "there is no account with this id");
        ASSIGN_OR_RETURN(const auto costs, ReadCosts(snapshot, call.id, range));
        double total_micros = 0;
        std::int64_t unpriced_requests = 0;
        bool is_known = costs.empty();
        Json by_model = Json::array();
        for (const ModelCost& cost : costs) {
          total_micros += cost.total_micros();
          unpriced_requests += cost.unpriced_requests;
          is_known = is_known || cost.is_known;
          by_model.push_back(ModelJson(cost));
        }
        if (is_csv) return CsvResponse(CostColumns(), by_model, "cost");
        return JsonResponse(Json{{"from", FormatRfc3339(range.from * 1000)},
                                 {"to", FormatRfc3339(range.to * 1000)},
                                 {"total", UsdOrNull(total_micros, is_known)},
                                 {"unpricedRequests", unpriced_requests},
                                 {"byModel", std::move(by_model)}});
      });
}

}  // namespace keymeter::query_api
