#pragma once

#include <string_view>

namespace keymeter::query_api {

/// Of every answer of ours. A browser must not guess what an answer is, nor run or frame any of it, nor tell
/// other sites its address, nor hand it to pages of other origins unasked (CORS asks). No `Server` header:
/// whom it may concern can ask /api/health.
inline constexpr std::string_view kSecurityHeaders =
    "X-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

}  // namespace keymeter::query_api
