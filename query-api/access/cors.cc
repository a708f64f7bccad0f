#include "query-api/access/cors.h"

#include <algorithm>

#include "schema/host_port.h"

namespace keymeter::query_api {

namespace {

constexpr const char* kMethods = "GET, HEAD";
constexpr const char* kHeaders = "Authorization, If-None-Match, X-Request-Id";
constexpr const char* kExposed =
    "ETag, Link, Content-Disposition, Retry-After, X-Total-Count, X-Start-Ms, X-End-Ms, X-Request-Id";
constexpr const char* kMaxAgeSeconds = "600";

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

}  // namespace

std::string_view AuthorityOf(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
}

bool IsOrigin(std::string_view text) {
  if (!text.starts_with("http://") && !text.starts_with("https://")) return false;
  const auto parts = SplitHostPort(AuthorityOf(text));
  if (!parts || parts->host.empty()) return false;
  if (parts->port && ParsePort(*parts->port).value_or(0) == 0) return false;
  if (parts->is_bracketed)
    return parts->host.find_first_not_of("0123456789abcdef:.") == std::string_view::npos;
  return std::all_of(parts->host.begin(), parts->host.end(), IsHostCharacter);
}

Result<Cors> Cors::Make(const std::vector<std::string>& origins, bool has_credentials) {
  Cors cors;
  for (const std::string& origin : origins) {
    if (origin == "*" && !has_credentials)
      return Fail(MakeError(ErrorCode::kInvalid,
                            "--cors-origin *: without credentials every page that somebody here looks at "
                            "could read all usage")
                      .Remedy("name the origins, or set up --token-file"));
    if (origin != "*" && !IsOrigin(origin))
      return Fail(
          ErrorCode::kInvalid,
          "--cors-origin: '{}' is no origin, such as https://dash.example or http://localhost:3000 (lower "
          "case, no path, no / at the end)",
          origin);
    cors.allows_all_ = cors.allows_all_ || origin == "*";
    cors.origins_.push_back(origin);
  }
  return cors;
}

bool Cors::Allows(std::string_view origin) const {
  return allows_all_ || std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

std::optional<Response> Cors::AnswerPreflight(const Request& request) const {
  const std::string* const origin = request.FindHeader("Origin");
  if (origins_.empty() || request.method != "OPTIONS" || origin == nullptr ||
      request.FindHeader("Access-Control-Request-Method") == nullptr)
    return std::nullopt;
  if (!Allows(*origin)) return Problem(403, "this origin is not on the list of --cors-origin");
  Response response;
  response.status = 204;
  response.headers = {{"Access-Control-Allow-Methods", kMethods},
                      {"Access-Control-Allow-Headers", kHeaders},
                      {"Access-Control-Max-Age", kMaxAgeSeconds}};
  return response;
}

void Cors::Decorate(const Request& request, Response& response) const {
  if (origins_.empty()) return;
  // Also without an allowed Origin: a cache must not give this response to a page that is allowed.
  response.headers.push_back({"Vary", "Origin"});
  const std::string* const origin = request.FindHeader("Origin");
  if (origin == nullptr || !Allows(*origin)) return;
  response.headers.push_back({"Access-Control-Allow-Origin", allows_all_ ? "*" : *origin});
  response.headers.push_back({"Access-Control-Expose-Headers", kExposed});
}

}  // namespace keymeter::query_api
