#include "query-api/http/router.h"

#include <exception>
#include <optional>
#include <set>

#include <fmt/ranges.h>

#include "query-api/http/url.h"
#include "schema/log.h"

namespace keymeter::query_api {

namespace {

constexpr std::string_view kHole = "{id}";

/// What stands in the hole, still encoded; empty for a template without one; nothing when the path does not
/// fit.
std::optional<std::string_view> MatchPath(std::string_view path_template, std::string_view path) {
  const std::size_t hole = path_template.find(kHole);
  if (hole == std::string_view::npos)
    return path == path_template ? std::optional(std::string_view()) : std::nullopt;
  const std::string_view front = path_template.substr(0, hole);
  const std::string_view back = path_template.substr(hole + kHole.size());
  if (path.size() <= front.size() + back.size() || !path.starts_with(front) || !path.ends_with(back))
    return std::nullopt;
  const auto middle = path.substr(front.size(), path.size() - front.size() - back.size());
  if (middle.find('/') != std::string_view::npos) return std::nullopt;
  return middle;
}

bool MatchMethod(std::string_view route, std::string_view method) {
  return route == method || (route == "GET" && method == "HEAD");
}

Response Run(const Route& route, const Request& request, std::string_view encoded_id, Caller caller) {
  auto id = DecodeUrlText(encoded_id, PlusSign::kPlus);
  if (!id || id->size() > kMaxValueBytes)
    return Problem(400, fmt::format("the path takes at most {} bytes of percent-encoded UTF-8 as {}",
                                    kMaxValueBytes, kHole));
  auto params = Params::Parse(request.query, route.params, route.repeated);
  if (!params) return ProblemOf(params.error());
  auto response = route.handler(Call{request, std::move(*params), std::move(*id), std::move(caller)});
  if (response) return std::move(*response);
  if (response.error().code == ErrorCode::kInternal)
    log::Fault("request failed", {{"route", route.path}, {"reason", response.error().Text()}});
  return ProblemOf(response.error());
}

/// OPTIONS * asks about the server as a whole (RFC 9110, 9.3.7); inside, its path is "/*".
Response OfTheServer() {
  Response response;
  response.status = 204;
  response.headers.push_back({"Allow", "GET, HEAD, OPTIONS"});
  return response;
}

}  // namespace

Response Router::Answer(const Request& request, Caller* who) const {
  try {
    return Dispatch(request, who);
  } catch (const std::exception& failure) {
    log::Fault("request failed", {{"reason", failure.what()}});
  } catch (...) {
    log::Fault("request failed");
  }
  return Problem(500, "internal error");
}

Response Router::Dispatch(const Request& request, Caller* who) const {
  if (request.path.size() + request.query.size() > kMaxTargetBytes)
    return Problem(414, fmt::format("path and query take at most {} bytes", kMaxTargetBytes));
  auto caller = gate_ ? gate_(request) : Caller();
  if (!caller) return std::move(caller.error());
  if (who != nullptr) *who = *caller;
  if (request.method == "OPTIONS" && (request.path == "*" || request.path == "/*")) return OfTheServer();
  for (const Route& route : routes_) {
    if (!MatchMethod(route.method, request.method)) continue;
    if (const auto id = MatchPath(route.path, request.path)) {
      Response response = Run(route, request, *id, std::move(*caller));
      response.route = route.path;
      return response;
    }
  }
  return NotAllowed(request);
}

Response Router::NotAllowed(const Request& request) const {
  std::set<std::string_view> methods;
  for (const Route& route : routes_) {
    if (!MatchPath(route.path, request.path)) continue;
    methods.insert(route.method);
    if (route.method == "GET") methods.insert("HEAD");
  }
  if (methods.empty()) return Problem(404, "there is nothing at this path");
  const std::string allowed = fmt::format("{}", fmt::join(methods, ", "));
  Response response = Problem(405, fmt::format("this path takes {}", allowed));
  response.headers.push_back({"Allow", allowed});
  return response;
}

std::string_view Router::RouteOf(std::string_view path) const {
  for (const Route& route : routes_)
    if (MatchPath(route.path, path)) return route.path;
  return kNoRoute;
}

}  // namespace keymeter::query_api
