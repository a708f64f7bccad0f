#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "query-api/http/caller.h"
#include "query-api/http/http_types.h"
#include "query-api/http/params.h"

namespace keymeter::query_api {

/// What a handler sees of a request.
struct Call {
  const Request& request;
  Params params;
  std::string id;  ///< the decoded `{id}` of the path, if the template has one
  Caller caller{};
};

/// An Error becomes a problem+json answer (see ProblemOf).
using Handler = std::function<Result<Response>(const Call&)>;

/// One line of the table. Strings are of static storage.
struct Route {
  std::string_view method;
  std::string_view path;  ///< "/api/apikeys/{id}"; at most one `{id}`, a whole segment
  std::vector<std::string_view> params;
  Handler handler;
  std::string_view repeated{};  ///< the parameter that may stand several times
};

/// Looks at a request before any handler: who sent it, or the answer that refuses it.
using Gate = std::function<tl::expected<Caller, Response>(const Request&)>;

/// Requests to handlers by one table.
///
/// GET routes answer HEAD too (with the body that GET would have: the server leaves it out). Answers 400,
/// 403 (the gate), 404, 405 and 414 itself, and 500 when a handler throws.
/// Threads: const, any; handlers must be callable from several threads. Bounds: linear in the table.
class Router {
 public:
  Router(std::vector<Route> routes, Gate gate) : routes_(std::move(routes)), gate_(std::move(gate)) {}

  /// `who`, if given, becomes the caller that the gate found; on a refusal it stays what it was.
  [[nodiscard]] Response Answer(const Request& request, Caller* who = nullptr) const;
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }
  /// The template that a path fits, whatever the method; kNoRoute when none does. Who is refused before a
  /// route is found asked for it all the same.
  [[nodiscard]] std::string_view RouteOf(std::string_view path) const;

 private:
  [[nodiscard]] Response Dispatch(const Request& request, Caller* who) const;
  [[nodiscard]] Response NotAllowed(const Request& request) const;

  std::vector<Route> routes_;
  Gate gate_;
};

}  // namespace keymeter::query_api
