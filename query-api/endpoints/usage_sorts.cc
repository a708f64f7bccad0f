#include "query-api/endpoints/usage_sorts.h"

#include <array>
#include <cmath>

namespace keymeter::query_api {

namespace {

using UsageSpan = UsageSum EntityUsage::*;

template <UsageSpan span>
double RequestsOf(const EntityUsage& usage) {
  return static_cast<double>((usage.*span).requests);
}

template <UsageSpan span>
double TokensOf(const EntityUsage& usage) {
  return static_cast<double>((usage.*span).TotalTokens());
}

template <UsageSpan span>
double CostOf(const EntityUsage& usage) {
  // Whole nano-dollars: costs of accounts are sums of products, whose last bits depend on the order of
  // adding.
  return std::round((usage.*span).cost_micros * 1e3);
}

constexpr SortColumn ByUsage(std::string_view name, SortColumn::UsageValue value) {
  return {name, "", SortColumn::Type::kUsage, value};
}

constexpr std::array kUsageSorts = {
    ByUsage("rpm", [](const EntityUsage& usage) { return usage.rates.rpm(); }),
    ByUsage("tpm", [](const EntityUsage& usage) { return usage.rates.tpm(); }),
    ByUsage("todayRequests", RequestsOf<&EntityUsage::today>),
    ByUsage("todayTokens", TokensOf<&EntityUsage::today>),
    ByUsage("todayCost", CostOf<&EntityUsage::today>),
    ByUsage("monthRequests", RequestsOf<&EntityUsage::month>),
    ByUsage("monthTokens", TokensOf<&EntityUsage::month>),
    ByUsage("monthCost", CostOf<&EntityUsage::month>),
    ByUsage("totalRequests", RequestsOf<&EntityUsage::total>),
    ByUsage("totalTokens", TokensOf<&EntityUsage::total>),
    ByUsage("totalCost", CostOf<&EntityUsage::total>),
};

}  // namespace

std::vector<SortColumn> WithUsageSorts(std::vector<SortColumn> columns) {
  columns.insert(columns.end(), kUsageSorts.begin(), kUsageSorts.end());
  return columns;
}

}  // namespace keymeter::query_api
