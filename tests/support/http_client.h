#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/wait_for.h"

namespace keymeter::testing {

struct HttpResponse {
  int status = 0;                              ///< 0: no answer, see `error`
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  std::string error;

  /// The body; throws when it is no JSON.
  [[nodiscard]] nlohmann::json Json() const { return nlohmann::json::parse(body); }
};

using HttpHeaders = std::vector<std::string>;  ///< "If-None-Match: …"

/// A server, and what a client needs to reach it.
struct HttpServer {
  std::string base;           ///< "http://127.0.0.1:8787", "https://[::1]:8787"
  std::string unix_socket{};  ///< its path; the host in `base` is only a name then
  std::string ca_file{};      ///< who must have signed the certificate; empty: who is trusted by default
};
/// From an address as `--listen` has it: "127.0.0.1:8787", "[::1]:8787", "unix:/path",
/// "tls://127.0.0.1:8787".
HttpServer ServerAt(const std::string& address, const std::string& ca_file = "");

HttpResponse HttpGet(const std::string& url, const HttpHeaders& headers = {},
                     Milliseconds timeout = kPatience);
HttpResponse HttpRequest(const std::string& method, const std::string& url, const HttpHeaders& headers = {},
                         const std::string& body = "", Milliseconds timeout = kPatience);
HttpResponse HttpRequest(const std::string& method, const HttpServer& server, const std::string& path,
                         const HttpHeaders& headers = {}, const std::string& body = "",
                         Milliseconds timeout = kPatience);

}  // namespace keymeter::testing
