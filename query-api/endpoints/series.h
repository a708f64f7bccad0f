#pragma once

#include <string_view>
#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/router.h"

/// /api/stats/series: usage over time, every slot present.
namespace keymeter::query_api {

[[nodiscard]] std::vector<std::string_view> SeriesParams();
/// The answer also says which span it covers: `X-Start-Ms`, `X-End-Ms` (ends are snapped outward).
[[nodiscard]] Result<Response> StatsSeries(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
