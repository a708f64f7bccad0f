#include "query-api/endpoints/usage_json.h"

#include <cmath>

namespace keymeter::query_api {

Json UsageJson(const UsageSum& usage, UsageOwner owner) {
  Json cost = CostJson(usage);
  Json real_cost = cost;
  if (owner == UsageOwner::kApiKey) {
    const auto paid = usage.RealCostUsd();
    real_cost = paid ? Json(*paid) : Json();
  }
  Json json{{"requests", usage.requests},
            {"inputTokens", usage.input_tokens},
            {"outputTokens", usage.output_tokens},
            {"cacheCreateTokens", usage.cache_create_tokens},
            {"cacheReadTokens", usage.cache_read_tokens},
            {"totalTokens", usage.TotalTokens()},
            {"cost", std::move(cost)},
            {"realCost", std::move(real_cost)}};
  if (usage.unpriced_requests > 0) json["unpricedRequests"] = usage.unpriced_requests;
  return json;
}

Json AccountSumsJson(const UsageSummary& usage) {
  return Json{{"today", UsageJson(usage.today, UsageOwner::kAccount)},
              {"month", UsageJson(usage.month, UsageOwner::kAccount)},
              {"total", UsageJson(usage.total, UsageOwner::kAccount)}};
}

Json CostJson(const UsageSum& usage) {
  const auto usd = usage.CostUsd();
  return usd ? Json(*usd) : Json();
}

double RoundedRate(double value) {
  return std::round(value * 100) / 100;
}

Json RateJson(double value) {
  return RoundedRate(value);
}

Json TextOrNull(std::string_view text) {
  return text.empty() ? Json() : Json(text);
}

}  // namespace keymeter::query_api
