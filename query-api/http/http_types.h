#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "query-api/http/upgraded_session.h"
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

/// Who connects to a unix socket has no address: he is on this machine.
inline constexpr std::string_view kUnixPeer = "unix";

struct Request {
  std::string method;
  std::string path;   ///< as sent: still percent-encoded
  std::string query;  ///< as sent, without '?'
  std::vector<Header> headers;
  /// The address that the connection comes from: "127.0.0.1", "::1", or kUnixPeer.
  std::string peer{};
  std::string id{};  ///< names this request in the access log and in errors

  /// The value of the first header of that name (any case); null when there is none.
  [[nodiscard]] const std::string* FindHeader(std::string_view name) const;
};

/// Where one more temporary file may be written, and how large it may become. Threads: plain value. Lifetime:
/// until the response is in the form in which it is sent: then no further file is made.
struct SpoolRoom {
  std::string directory{};  ///< "": nowhere
  std::uint64_t bytes = 0;
  std::function<bool()> is_stopping{};  ///< true: give it up, the server stops. Empty: never
  /// Released with the room: a place among the responses that are being made.
  std::shared_ptr<const void> making{};
};

/// A body that lies in a file, and is sent from there while nobody waits for it.
/// Threads: one after the other. Lifetime: until its last byte was sent, or its client has gone.
struct FileBody {
  /// A large file is closed by a thread of its own: the kernel takes its pages back for so long (512 MiB:
  /// 28 ms), and the last owner is the loop of the front.
  ~FileBody();

  FileDescriptor file;      ///< open for reading, sent from its first byte on
  std::uint64_t bytes = 0;  ///< of the file that are sent
  SpoolRoom room{};         ///< for its compressed copy
  std::uint64_t sent = 0;   ///< bytes that the client's connection has taken
  /// Released with the body, and before `sent`: room for another export, the line of the access log.
  std::vector<std::shared_ptr<const void>> keeps{};
};

/// Makes the session of a 101 whose head goes out: from then on the connection is no HTTP any more.
using StartSession = std::function<std::unique_ptr<UpgradedSession>(std::int64_t now_ms)>;
class SharedBody;

/// The route of what no route answers.
inline constexpr std::string_view kNoRoute = "none";

struct Response {
  int status = 200;
  std::vector<Header> headers;
  std::string body;
  std::shared_ptr<FileBody> file{};   ///< when set, the body; `body` is empty then
  StartSession start_session{};       ///< of a 101
  std::string_view route = kNoRoute;  ///< the matched path template: a label for metrics, of static storage
  bool hides_length = false;          ///< to a HEAD whose body would have to be made to know its length
  std::size_t made_bytes = 0;         ///< of text that was made for it; 0: others had it before
  /// When set, the body, which other answers have too; `body` is empty then.
  std::shared_ptr<const SharedBody> shared_body{};
  /// When set, it is sent in place of `body` and `shared_body`: the latter in a content coding.
  std::shared_ptr<const std::string> coded_body{};

  [[nodiscard]] const std::string* FindHeader(std::string_view name) const;
  /// The body, wherever it stands; of one in a file, nothing.
  [[nodiscard]] const std::string& Bytes() const;
};

/// Of ASCII; other bytes stay.
[[nodiscard]] std::string LowerCase(std::string_view text);
[[nodiscard]] bool EqualsIgnoringCase(std::string_view a, std::string_view b);
[[nodiscard]] std::string_view ReasonPhrase(int status);

inline constexpr std::string_view kJsonType = "application/json; charset=utf-8";

/// A text that was made for this answer.
[[nodiscard]] Response TextResponse(std::string body, std::string_view type);

/// Bytes that are no UTF-8 (names come from outside) become U+FFFD.
[[nodiscard]] Response JsonResponse(const Json& body, int status = 200);

/// application/problem+json: `type title status detail`, and `error`, `code` for older clients.
[[nodiscard]] Response Problem(int status, std::string_view detail);
/// 503 with the reasons as a list too.
[[nodiscard]] Response Unavailable(const std::vector<std::string>& reasons);
/// kInvalid is the client's (400), what the file does is 503, the rest 500 without details.
[[nodiscard]] Response ProblemOf(const Error& error);

}  // namespace keymeter::query_api
