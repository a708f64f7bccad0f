#pragma once

#include <optional>
#include <string_view>

#include "query-api/http/http_types.h"

/// What a request must be before anybody asks what it wants: the parts of HTTP/1.1 (RFC 9112) about which two
/// readers could differ, which is how a request is hidden from a proxy. Strict: what is doubtful is refused,
/// never repaired. Not for the bytes of its head: see head_scanner.h. Threads: pure functions.
namespace keymeter::query_api {

/// The refusal, or nothing. `version`: "1.1" or "1.0". Answers 400, 413 (a body where none is taken), 417 and
/// 501.
[[nodiscard]] std::optional<Response> BreaksRules(const Request& request, std::string_view version);

/// Whether bytes follow the header. They are never read, so its connection cannot take another request.
[[nodiscard]] bool HasBody(const Request& request);

/// Whether `Connection` lists it.
[[nodiscard]] bool NamesOption(const Request& request, std::string_view option);

/// Whether the client wants to send a further request on this connection.
[[nodiscard]] bool WantsKeepAlive(const Request& request, std::string_view version);

// Refusals of rules that a parser has too, and meets first.
[[nodiscard]] Response MoreThanOne(std::string_view header);
[[nodiscard]] Response BothFramings();
[[nodiscard]] Response BadLength();

}  // namespace keymeter::query_api
