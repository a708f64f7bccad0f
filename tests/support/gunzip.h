#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "query-api/http/http_types.h"

namespace keymeter::query_api {

/// The content of one gzip member; nothing when the bytes are no gzip member, or only a part of one.
[[nodiscard]] std::optional<std::string> Gunzip(std::string_view bytes);

/// The body of a response, also when it lies in a file; fails the test when that cannot be read.
[[nodiscard]] std::string BodyOf(const Response& response);

}  // namespace keymeter::query_api
