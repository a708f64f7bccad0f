#include "query-api/endpoints/list_filters.h"

#include <charconv>

#include <fmt/ranges.h>

#include "query-api/endpoints/time_param.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kDefaultExpiresWithinS = 7 * kDaySeconds;

/// "7d", "36h": seconds.
Result<std::int64_t> WithinParam(const Params& params) {
  const auto text = params.Text("expiresWithin");
  if (!text) return kDefaultExpiresWithinS;
  constexpr std::int64_t kMost = 9999;
  std::int64_t count = 0;
  const char* end = text->data() + text->size();
  const auto [stop, failure] = std::from_chars(text->data(), end, count);
  const std::string_view unit(stop, static_cast<std::size_t>(end - stop));
  if (failure != std::errc() || (unit != "d" && unit != "h") || count < 1 || count > kMost)
    return Fail(ErrorCode::kInvalid, "expiresWithin takes a time such as 7d or 36h, at most {}", kMost);
  return count * (unit == "d" ? kDaySeconds : kHourSeconds);
}

}  // namespace

void BindAll(Statement& statement, const std::vector<SqlValue>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    std::visit([&](const auto& value) { statement.Bind(static_cast<int>(i) + 1, value); }, values[i]);
}

void SqlFilter::Add(std::string_view condition, SqlValue value) {
  values_.push_back(std::move(value));
  conditions_.push_back(fmt::format(fmt::runtime(condition), fmt::format("?{}", values_.size())));
}

void SqlFilter::BindTo(Statement& statement) const {
  BindAll(statement, values_);
}

std::string SqlFilter::Where() const {
  return conditions_.empty() ? "true" : fmt::format("{}", fmt::join(conditions_, " AND "));
}

bool ListFilter::Holds(const Statement& row, int first_searched,
                       const std::optional<UsageSummary>& usage_of_row) const {
  if (search && !search->IsIn(row.Text(first_searched)) && !search->IsIn(row.Text(first_searched + 1)) &&
      !search->IsIn(row.Text(first_searched + 2)))
    return false;
  return !usage || usage->Holds(*usage_of_row);
}

void AddSearch(const Params& params, ListFilter& filter) {
  if (const auto text = params.Text("search")) filter.search.emplace(*text);
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

Status AddUsageRange(const Params& params, ListFilter& filter) {
  ASSIGN_OR_RETURN(const auto range, UsageRange::Of(params));
  filter.usage = range;
  return {};
}

Status AddSwitch(const Params& params, std::string_view name, std::string_view condition,
                 ListFilter& filter) {
  ASSIGN_OR_RETURN(const auto wanted, params.Bool(name));
  if (wanted) filter.sql.Add(condition, std::int64_t{*wanted ? 1 : 0});
  return {};
}

Status AddExpiry(const Params& params, std::string_view column, std::string_view has_not_begun,
                 std::int64_t now_ms, ListFilter& filter) {
  if (!params.Text("expiry") && !params.Text("expiresWithin")) return {};
  ASSIGN_OR_RETURN(const auto state, params.OneOf("expiry", {"expiring", "valid", "expired", "never"}));
  ASSIGN_OR_RETURN(const auto within_s, WithinParam(params));
  const auto add = [&](std::string_view condition, std::int64_t moment_ms) {
    filter.sql.Add(fmt::format(fmt::runtime(condition), column, has_not_begun, "rtrim({0}, 'Z')"),
                   FormatRfc3339(moment_ms));
  };
  if (state == "never") filter.sql.Add(fmt::format("({} = '' AND NOT {})", column, has_not_begun));
  if (state == "expired") add("({0} <> '' AND rtrim({0}, 'Z') <= {2})", now_ms);
  if (state == "expiring") add("({0} <> '' AND rtrim({0}, 'Z') > {2})", now_ms);
  if (state == "expiring") add("rtrim({0}, 'Z') <= {2}", now_ms + within_s * 1000);
  if (state == "valid") add("({1} OR ({0} <> '' AND rtrim({0}, 'Z') > {2}))", now_ms + within_s * 1000);
  return {};
}

}  // namespace keymeter::query_api
