#pragma once

#include <string_view>
#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/router.h"

/// /api/export/csv, as older dashboards know it: `type=series`, `top` or `heatmap`, with the parameters of
/// that answer under /api/stats, which gives it with `format=csv`.
///
/// Tested by tests/query-api/endpoints/csv_answer_test.cc.
namespace keymeter::query_api {

[[nodiscard]] std::vector<std::string_view> CsvRedirectParams();
/// A 308 to there.
[[nodiscard]] Result<Response> CsvRedirect(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
