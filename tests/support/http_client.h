#pragma once

#include <map>
#include <string>
#include <string_view>
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

HttpResponse HttpGet(const std::string& url, const HttpHeaders& headers = {},
                     Milliseconds timeout = kPatience);
HttpResponse HttpRequest(const std::string& method, const std::string& url, const HttpHeaders& headers = {},
                         const std::string& body = "", Milliseconds timeout = kPatience);

/// A TCP connection to loopback for what no HTTP client would send: half a request, or two at once.
/// Throws std::runtime_error when it cannot connect or send.
class RawSocket {
 public:
  explicit RawSocket(int port);
  ~RawSocket();
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  void Send(std::string_view bytes);
  /// What came until `part` was in it, the peer closed, or time was up.
  std::string ReadUntil(std::string_view part, Milliseconds timeout = kPatience);
  /// Appends what comes; false when nothing did in time, or the peer closed the connection.
  [[nodiscard]] bool ReadMore(std::string& out, Milliseconds timeout = kPatience);
  /// True when the peer closed (or reset) the connection in time; what it sent before is dropped.
  [[nodiscard]] bool IsClosedByPeer(Milliseconds timeout = kPatience);

 private:
  enum class Read { kBytes, kClosed, kTimeout };
  Read ReadSome(std::string& out, Milliseconds timeout);
  int file_;
};

}  // namespace keymeter::testing
