#pragma once

#include "query-api/snapshot/snapshot.h"

/// /api/stats/top: who used most in a span.
namespace keymeter::query_api {

[[nodiscard]] std::vector<std::string_view> TopParams();
/// The answer also says which span it covers: `X-Start-Ms`, `X-End-Ms` (ends are snapped outward).
[[nodiscard]] Result<Response> StatsTop(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
