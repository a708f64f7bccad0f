#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query-api/http/http_types.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// Which pages of other hosts a browser lets read our answers: those of a list, none by default.
///
/// `*` lets every page try, and needs credentials: a page cannot know a token, but it could read all of an
/// open API through the browser of whoever looks at it. Cookies play no part (no
/// Access-Control-Allow-Credentials).
/// Threads: const, any.
class Cors {
 public:
  Cors() = default;
  /// Origins are "https://dash.example" or "http://localhost:3000". Errors name the flag and the remedy.
  static Result<Cors> Make(const std::vector<std::string>& origins, bool has_credentials);

  [[nodiscard]] bool Allows(std::string_view origin) const;

  /// The answer to a preflight: 204 for an origin of the list, 403 for another one. Nothing for anything
  /// else, and without a list.
  [[nodiscard]] std::optional<Response> AnswerPreflight(const Request& request) const;

  /// Adds what the browser must see to let the page read it.
  void Decorate(const Request& request, Response& response) const;

 private:
  std::vector<std::string> origins_;
  bool allows_all_ = false;
};

/// Scheme, host and perhaps a port, nothing more: "https://dash.example:8443".
[[nodiscard]] bool IsOrigin(std::string_view text);
/// "dash.example:8443" of it; "" when it is none ("null").
[[nodiscard]] std::string_view AuthorityOf(std::string_view origin);

}  // namespace keymeter::query_api
