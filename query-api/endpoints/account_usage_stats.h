#pragma once

#include <string_view>
#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/router.h"

/// /api/accounts/usage-stats and /api/accounts/{id}/usage-stats: today, this month and in total.
/// Tested by tests/query-api/endpoints/accounts_test.cc.
namespace keymeter::query_api {

[[nodiscard]] std::vector<std::string_view> AllAccountUsageStatsParams();
/// All accounts together, and each: {overall{today month total}, accounts[]}. The accounts come in pages, by
/// their ids; `overall` is the sum over all pages.
[[nodiscard]] Result<Response> AllAccountUsageStats(ApiContext& context, const Call& call);
/// {today, month, total}.
[[nodiscard]] Result<Response> AccountUsageStats(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
