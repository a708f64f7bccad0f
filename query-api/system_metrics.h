#pragma once

#include "query-api/snapshot.h"

namespace keymeter::query_api {

/// /api/realtime/system-metrics: the rates of the last minute over all API keys; what was used, and by how
/// many keys and accounts, in the last `windowMinutes` (ten).
[[nodiscard]] Result<Response> SystemMetrics(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
