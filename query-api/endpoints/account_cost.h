#pragma once

#include <string_view>
#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/router.h"

/// /api/accounts/{id}/cost: what an account paid, by model and kind of tokens.
///
/// Each day by the prices of that day. Money is rounded once, for each model and kind, to a millionth of a
/// USD; totals are sums of what is shown, so they agree to the last digit. What a model without a price cost
/// is null, and in no total: `unpricedRequests` counts it.
namespace keymeter::query_api {

[[nodiscard]] std::vector<std::string_view> AccountCostParams();
[[nodiscard]] Result<Response> AccountCost(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
