#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "query-api/http/http_types.h"

namespace keymeter::query_api {

/// What one whole gzip member holds; nothing when it is none, or not whole.
[[nodiscard]] std::optional<std::string> Gunzip(std::string_view bytes);

/// The body of a response, also when it is a stream; fails the test when the stream does.
[[nodiscard]] std::string BodyOf(const Response& response);

}  // namespace keymeter::query_api
