#pragma once

#include <string_view>
#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/router.h"

/// /api/apikeys/{id}/usage and /api/accounts/{id}/usage: what one entity used over time, by minute, hour,
/// day, week or month.
///
/// Every bucket of the span is there, as in a series, and its ends are snapped outward in the same way;
/// `X-Start-Ms` and `X-End-Ms` say to where. Bounds: those of Slots.
namespace keymeter::query_api {

[[nodiscard]] std::vector<std::string_view> EntityUsageParams();
[[nodiscard]] Result<Response> ApiKeyUsage(ApiContext& context, const Call& call);
[[nodiscard]] Result<Response> AccountUsage(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
