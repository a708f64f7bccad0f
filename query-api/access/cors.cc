#include "query-api/access/cors.h"

#include <algorithm>
#include <charconv>

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

bool IsPortNumber(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

}  // namespace

std::string_view AuthorityOf(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
}

bool IsOrigin(std::string_view text) {
  if (!text.starts_with("http://") && !text.starts_with("https://")) return false;
  std::string_view host = AuthorityOf(text);
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && !host.ends_with(']')) {
    if (!IsPortNumber(host.substr(colon + 1))) return false;
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    return host.find_first_not_of("0123456789abcdef:.") == std::string_view::npos && !host.empty();
  }
  return !host.empty() && std::all_of(host.begin(), host.end(), IsHostCharacter);
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
  // Also where there is no Origin, or one that is not allowed: a cache must not give that answer to others.
  response.headers.push_back({"Vary", "Origin"});
  const std::string* const origin = request.FindHeader("Origin");
  if (origin == nullptr || !Allows(*origin)) return;
  response.headers.push_back({"Access-Control-Allow-Origin", allows_all_ ? "*" : *origin});
  response.headers.push_back({"Access-Control-Expose-Headers", kExposed});
}

}  // namespace keymeter::query_api
