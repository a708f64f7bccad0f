#pragma once

#include "query-api/endpoints/api_context.h"
#include "query-api/http/router.h"

/// /api/export/report: a report as a file.
namespace keymeter::query_api {

[[nodiscard]] std::vector<std::string_view> ExportParams();

/// Makes the whole file first, in one read transaction, and sends it afterwards: a client that takes it
/// slowly holds no transaction, which would keep the WAL from being emptied, and a report that fails half-way
/// is a 503 and not half a file. A HEAD, and a
/// request for which there is no place, is checked, and nothing is read for it.
[[nodiscard]] Result<Response> ExportReport(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
