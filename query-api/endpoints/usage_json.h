#pragma once

#include <cstdint>
#include <string_view>

#include "query-api/http/http_types.h"
#include "query-api/usage/usage_summary.h"

/// Values that answers write in the same way. Tested by tests/query-api/endpoints/usage_json_test.cc.
namespace keymeter::query_api {

/// Whose usage it is. API keys carry the relay's money; an account's is computed from its tokens.
enum class UsageOwner : std::uint8_t { kApiKey, kAccount };

/// {requests, inputTokens, outputTokens, cacheCreateTokens, cacheReadTokens, totalTokens, cost, realCost},
/// and unpricedRequests where there are some. Money that is unknown is null.
[[nodiscard]] Json UsageJson(const UsageSum& usage, UsageOwner owner);
/// {today, month, total} of accounts.
[[nodiscard]] Json AccountSumsJson(const UsageSummary& usage);
/// USD to a millionth; null when it is unknown.
[[nodiscard]] Json CostJson(const UsageSum& usage);
/// A rate, a share or a percentage, to two decimals.
[[nodiscard]] double RoundedRate(double value);
[[nodiscard]] Json RateJson(double value);
/// "" (unset) becomes null. For times and names that may be missing.
[[nodiscard]] Json TextOrNull(std::string_view text);

}  // namespace keymeter::query_api
