#pragma once

#include <string_view>

#include "query-api/http/http_types.h"
#include "query-api/usage/usage_sum.h"

/// Values that answers write in the same way. Tested by tests/query-api/endpoints/usage_json_test.cc.
namespace keymeter::query_api {

/// {requests, inputTokens, outputTokens, cacheCreateTokens, cacheReadTokens, totalTokens, cost}.
[[nodiscard]] Json UsageJson(const UsageSum& usage);
/// "" (unset) becomes null. For times and names that may be missing.
[[nodiscard]] Json TextOrNull(std::string_view text);

}  // namespace keymeter::query_api
