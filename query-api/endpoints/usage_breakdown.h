#pragma once

#include "query-api/endpoints/api_context.h"
#include "query-api/http/router.h"

/// Who served whom: /api/accounts/{id}/usage-breakdown and /api/apikeys/{id}/usage-breakdown.
///
/// The relay keeps no counter for key x account, and this version no journal of single requests. So both are
/// a 501 that says so, and never an empty list. Tested by tests/query-api/endpoints/accounts_test.cc.
namespace keymeter::query_api {

[[nodiscard]] Result<Response> AccountUsageBreakdown(ApiContext& context, const Call& call);
[[nodiscard]] Result<Response> ApiKeyUsageBreakdown(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
