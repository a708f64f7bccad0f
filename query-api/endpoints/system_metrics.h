#pragma once

#include "query-api/snapshot/snapshot.h"

namespace keymeter::query_api {

/// The rates of the last minute over all API keys; what was used, and by how
/// many keys and accounts, in the last `windowMinutes` (ten).
[[nodiscard]] Result<Json> SystemMetricsJson(Snapshot& snapshot);
/// /api/realtime/system-metrics: that.
[[nodiscard]] Result<Response> SystemMetrics(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
