#pragma once

#include <string_view>
#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/router.h"

/// /api/stats/top: who used most in a span.
namespace keymeter::query_api {

[[nodiscard]] std::vector<std::string_view> TopParams();
/// The answer also says which span it covers: `X-Start-Ms`, `X-End-Ms` (ends are snapped outward).
[[nodiscard]] Result<Response> StatsTop(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
