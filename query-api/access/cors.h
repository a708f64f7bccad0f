#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query-api/http/http_types.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// Tells browsers which web pages of other hosts may read our responses: those of a list, by default none.
///
/// `*` allows every page and needs credentials: a page does not know a token, but without credentials any
/// page could read all usage through the browser of a person who opens it. Cookies are not used (no
/// Access-Control-Allow-Credentials). It refuses no requests of other programs: see Access.
/// Threads: const, any. Bounds: linear in the list.
class Cors {
 public:
  Cors() = default;
  /// Origins are "https://dash.example" or "http://localhost:3000". Errors name the flag and the remedy.
  static Result<Cors> Make(const std::vector<std::string>& origins, bool has_credentials);

  [[nodiscard]] bool Allows(std::string_view origin) const;

  /// The response to a preflight: 204 for an origin of the list, 403 for others. Nothing for other requests,
  /// and when the list is empty.
  [[nodiscard]] std::optional<Response> AnswerPreflight(const Request& request) const;

  /// Adds the headers without which the browser does not let the page read the response.
  void Decorate(const Request& request, Response& response) const;

 private:
  std::vector<std::string> origins_;
  bool allows_all_ = false;
};

/// Scheme, host and optionally a port: "https://dash.example:8443".
[[nodiscard]] bool IsOrigin(std::string_view text);
/// "dash.example:8443" of "https://dash.example:8443"; "" for a text without a scheme, such as "null".
[[nodiscard]] std::string_view AuthorityOf(std::string_view origin);

}  // namespace keymeter::query_api
