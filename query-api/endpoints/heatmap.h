#pragma once

#include <string_view>
#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/router.h"

/// /api/stats/heatmap: when in the week usage happens.
namespace keymeter::query_api {

[[nodiscard]] std::vector<std::string_view> HeatmapParams();
/// Sums by hour of the week in the source's offset, Monday first. The source's offset is whole hours, so its
/// hours are those of the file.
[[nodiscard]] Result<Response> StatsHeatmap(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
