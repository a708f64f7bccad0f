#pragma once

#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/router.h"

namespace keymeter::query_api {

/// The API's table. Lifetime: borrows the context.
[[nodiscard]] std::vector<Route> ApiRoutes(ApiContext& context);

}  // namespace keymeter::query_api
