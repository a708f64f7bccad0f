#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"

/// Whom proxies say that they speak for, the farthest first. Threads: pure functions.
namespace keymeter::query_api {

/// "203.0.113.7, 10.0.0.2" of `X-Forwarded-For`: its entries as they are, without blanks.
[[nodiscard]] std::vector<std::string> ForwardedForHops(std::string_view header);

/// The `for` of each element of a `Forwarded` header (RFC 7239), unquoted; "" for one without. An error
/// (kInvalid) for what that header cannot look like.
[[nodiscard]] Result<std::vector<std::string>> ForwardedHops(std::string_view header);

}  // namespace keymeter::query_api
