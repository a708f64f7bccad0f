#include "query-api/endpoints/usage_sorts.h"

#include <array>
#include <cmath>

namespace keymeter::query_api {

namespace {

using UsageSpan = UsageSum UsageSummary::*;

template <UsageSpan span>
double RequestsOf(const UsageSummary& usage) {
  return static_cast<double>((usage.*span).requests);
}

template <UsageSpan span>
double TokensOf(const UsageSummary& usage) {
  return static_cast<double>((usage.*span).TotalTokens());
}

template <UsageSpan span>
double CostOf(const UsageSummary& usage) {
  // Whole nano-dollars: costs of accounts are sums of products, whose last bits depend on the order of
  // adding.
  return std::round((usage.*span).cost_micros * 1e3);
}

constexpr SortColumn ByUsage(std::string_view name, SortColumn::UsageValue value) {
  return {name, "", SortColumn::Type::kUsage, value};
}

constexpr SortColumn ByRate(std::string_view name, SortColumn::UsageValue value) {
  return {name, "", SortColumn::Type::kUsage, value, true};
}

constexpr std::array kUsageSorts = {
    ByRate("rpm", [](const UsageSummary& usage) { return usage.rates.rpm(); }),
    ByRate("tpm", [](const UsageSummary& usage) { return usage.rates.tpm(); }),
    ByUsage("todayRequests", RequestsOf<&UsageSummary::today>),
    ByUsage("todayTokens", TokensOf<&UsageSummary::today>),
    ByUsage("todayCost", CostOf<&UsageSummary::today>),
    ByUsage("monthRequests", RequestsOf<&UsageSummary::month>),
    ByUsage("monthTokens", TokensOf<&UsageSummary::month>),
    ByUsage("monthCost", CostOf<&UsageSummary::month>),
    ByUsage("totalRequests", RequestsOf<&UsageSummary::total>),
    ByUsage("totalTokens", TokensOf<&UsageSummary::total>),
    ByUsage("totalCost", CostOf<&UsageSummary::total>),
};

}  // namespace

std::vector<SortColumn> WithUsageSorts(std::vector<SortColumn> columns) {
  columns.insert(columns.end(), kUsageSorts.begin(), kUsageSorts.end());
  return columns;
}

}  // namespace keymeter::query_api
