#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"

/// Parses the headers in which proxies name the hops of a request, the client first. Threads: pure functions.
namespace keymeter::query_api {

/// The entries of `X-Forwarded-For`, such as "203.0.113.7, 10.0.0.2", as they are, without blanks.
[[nodiscard]] std::vector<std::string> ForwardedForHops(std::string_view header);

/// The `for` parameter of each element of `Forwarded` (RFC 7239), unquoted; "" for an element without one. An
/// error (kInvalid) when the header is malformed.
[[nodiscard]] Result<std::vector<std::string>> ForwardedHops(std::string_view header);

}  // namespace keymeter::query_api
