#pragma once

#include <string_view>
#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/router.h"

namespace keymeter::query_api {

/// The rates of the last minute over all API keys; and, in the last `windowMinutes` (ten), what was used and
/// by how many keys and accounts.
[[nodiscard]] Result<Json> SystemMetricsJson(Snapshot& snapshot, UsageCaches& caches);
/// GET /api/realtime/system-metrics.
[[nodiscard]] Result<Response> SystemMetrics(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
