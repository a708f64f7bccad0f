#pragma once

#include <string>
#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/http_types.h"

namespace keymeter::query_api {

/// `{"ok":true}`, or 503 `{"ok":false,"reasons":[…]}`. For /api/health and /healthz.
[[nodiscard]] Response HealthAnswer(const ApiContext& context);

/// The same with the reasons given.
[[nodiscard]] Response HealthResponse(const std::vector<std::string>& reasons);

}  // namespace keymeter::query_api
