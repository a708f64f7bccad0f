#pragma once

#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/router.h"

namespace keymeter::query_api {

/// The API's table. Lifetime: borrows the context.
/// Tested by tests/query-api/endpoints/openapi_test.cc, which holds it against the contract.
[[nodiscard]] std::vector<Route> ApiRoutes(ApiContext& context);

}  // namespace keymeter::query_api
