#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "schema/error.h"
#include "schema/file_descriptor.h"

/// HTTP without sockets: what the router takes and gives. Threads: plain values.
/// Tested by tests/query-api/http/router_test.cc.
namespace keymeter::query_api {

/// Members keep the order in which they are set, as in the documented shapes.
using Json = nlohmann::ordered_json;

struct Header {
  std::string name;
  std::string value;
};

struct Request {
  std::string method;
  std::string path;   ///< as sent: still percent-encoded
  std::string query;  ///< as sent, without '?'
  std::vector<Header> headers;
  std::string peer{};  ///< the address that the connection comes from: "127.0.0.1"
  std::string id{};    ///< names this request in the access log and in errors

  /// The value of the first header of that name (any case); null when there is none.
  [[nodiscard]] const std::string* FindHeader(std::string_view name) const;
};

/// The next piece of a body that is made while it is sent, appended to `piece`; false: there is no more. An
/// error cuts the answer off, since its status has gone out. Called by one thread after the other, until it
/// says false.
using BodyStream = std::function<Result<bool>(std::string& piece)>;

/// Is given the connection of a 101 whose header has gone out: from then on it is no HTTP any more.
using TakeOver = std::function<void(FileDescriptor)>;
class SharedBody;

struct Response {
  int status = 200;
  std::vector<Header> headers;
  std::string body;
  BodyStream stream{};              ///< when set, it makes the body, and `body` is empty
  TakeOver take_over{};             ///< of a 101
  std::string_view route = "none";  ///< the matched path template: a label for metrics, of static storage
  /// What `stream` makes in all, when that is known: then it goes with a Content-Length instead of in chunks.
  std::optional<std::uint64_t> stream_bytes{};
  /// When set, the body, which other answers have too; `body` is empty then.
  std::shared_ptr<const SharedBody> shared_body{};
  /// When set, it is sent in place of `body` and `shared_body`: the latter in a content coding.
  std::shared_ptr<const std::string> coded_body{};

  [[nodiscard]] const std::string* FindHeader(std::string_view name) const;
  /// The body, wherever it stands; of a stream, nothing.
  [[nodiscard]] const std::string& Bytes() const;
};

[[nodiscard]] bool EqualsIgnoringCase(std::string_view a, std::string_view b);
[[nodiscard]] std::string_view ReasonPhrase(int status);

/// Bytes that are no UTF-8 (names come from outside) become U+FFFD.
[[nodiscard]] Response JsonResponse(const Json& body, int status = 200);

/// application/problem+json: `type title status detail`, and `error`, `code` for older clients.
[[nodiscard]] Response Problem(int status, std::string_view detail);
/// 503 with the reasons as a list too.
[[nodiscard]] Response Unavailable(const std::vector<std::string>& reasons);
/// kInvalid is the client's (400), what the file does is 503, the rest 500 without details.
[[nodiscard]] Response ProblemOf(const Error& error);

}  // namespace keymeter::query_api
