#pragma once

#include <string_view>

#include "query-api/http/http_types.h"

namespace keymeter::query_api {

/// What both listeners take and give, as an OpenAPI 3.1 document: openapi.json, which is part of the binary.
///
/// Written by hand; the tests hold it against the tables of routes, and real answers against it.
/// Threads: any; constant.
[[nodiscard]] std::string_view OpenApiDocument();

/// GET /openapi.json: the document, or 304. Needs no file.
[[nodiscard]] Response OpenApiAnswer(const Request& request);

}  // namespace keymeter::query_api
