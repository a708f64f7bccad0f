#include "query-api/endpoints/list_filters.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "query-api/endpoints/time_param.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

Result<double> UsdParam(const Params& params, std::string_view name, double without) {
  const auto text = params.Text(name);
  if (!text) return without;
  double usd = 0;
  const char* end = text->data() + text->size();
  const auto [stop, failure] = std::from_chars(text->data(), end, usd, std::chars_format::fixed);
  if (failure != std::errc() || stop != end || !std::isfinite(usd) || std::signbit(usd))
    return Fail(ErrorCode::kInvalid, "{} takes an amount of USD such as 12.50", name);
  return usd;
}

/// The three columns of `searched`.
std::string AnyOf(std::string_view columns, std::string_view condition) {
  std::string any;
  for (std::size_t begin = 0; begin <= columns.size();) {
    const std::size_t end = std::min(columns.find(", ", begin), columns.size());
    any += any.empty() ? "(" : " OR ";
    any += fmt::format(fmt::runtime(condition), columns.substr(begin, end - begin), "{0}");
    begin = end + 2;
  }
  return any + ")";
}

}  // namespace

void AddSearch(const Params& params, const ListSource& source, ListFilter& filter) {
  const auto text = params.Text("search");
  if (!text) return;
  if (TextSearch::IsNeededFor(*text)) {
    filter.search.emplace(*text);
  } else {
    filter.sql.Add(AnyOf(source.searched, "instr(lower({0}), lower({1}))"), std::string(*text));
  }
}

Status AddTimeFilter(const Params& params, std::string_view name, std::string_view column,
                     std::string_view comparison, ListFilter& filter) {
  const auto text = params.Text(name);
  if (!text) return {};
  // Without its Z, a time with milliseconds stands after the same second without them.
  const std::string condition = fmt::format("({0} <> '' AND rtrim({0}, 'Z') {1} ", column, comparison);
  if (const auto date = ParseDate(*text)) {
    filter.sql.Add(condition +
                       "strftime('%Y-%m-%dT%H:%M:%S', {0} - (SELECT coalesce(utc_offset_s, 0) FROM "
                       "source_state), 'unixepoch'))",
                   *date);
    return {};
  }
  const auto time_ms = ParseRfc3339(*text);
  if (!time_ms) return Fail(NoTime(name));
  filter.sql.Add(condition + "rtrim({0}, 'Z'))", FormatRfc3339(*time_ms));
  return {};
}

Status AddCostRange(const Params& params, ListFilter& filter) {
  if (!params.Text("minCost") && !params.Text("maxCost")) return {};
  ASSIGN_OR_RETURN(const auto min, UsdParam(params, "minCost", 0));
  ASSIGN_OR_RETURN(const auto max, UsdParam(params, "maxCost", std::numeric_limits<double>::infinity()));
  if (min > max) return Fail(ErrorCode::kInvalid, "minCost must not be above maxCost");
  filter.cost = CostRange{min, max};
  return {};
}

}  // namespace keymeter::query_api
