#pragma once

#include <string>

#include "query-api/http/http_types.h"

namespace keymeter::query_api {

/// Status line and header lines of an answer, each with its CRLF. `Connection` and the empty line are left to
/// whoever sends it. Threads: any; pure but for the date.
[[nodiscard]] std::string ResponseHead(const Response& response);

}  // namespace keymeter::query_api
