#include "processor/commands/healthcheck.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "schema/bounded_json.h"
#include "schema/file_descriptor.h"
#include "schema/host_port.h"

namespace keymeter::processor {

namespace {

constexpr std::size_t kLongestAnswer = 65'536;

struct Address {
  std::string host;
  std::uint16_t port = 0;
  std::string unix_path{};  ///< "": host and port

  [[nodiscard]] std::string Text() const {
    return unix_path.empty() ? JoinHostPort(host, port) : "unix:" + unix_path;
  }
};

/// The address to ask; a listener on 0.0.0.0 or [::] is asked on loopback.
Result<Address> ParseAddress(const std::string& text) {
  if (text.starts_with("unix:/")) return Address{.host = "localhost", .unix_path = text.substr(5)};
  const auto parts = SplitHostPort(text);
  const auto port = ParsePort(parts ? parts->port.value_or("") : "");
  if (!port || parts->host.empty())
    return Fail(ErrorCode::kInvalid,
                "--probe-listen: '{}' is neither HOST:PORT, such as 127.0.0.1:8788, nor unix:/PATH", text);
  if (*port == 0)
    return Fail(ErrorCode::kInvalid,
                "--probe-listen: port 0 says nothing: give the one that the log line \"listening\" names");
  if (parts->host == "::") return Address{.host = "::1", .port = *port};
  const bool is_here = parts->host == "0.0.0.0" || parts->host == "localhost";
  return Address{.host = std::string(is_here ? "127.0.0.1" : parts->host), .port = *port};
}

struct Answer {
  int status = 0;
  std::string body;
};

struct Asking {
  event_base* base;
  std::optional<Answer> answer;
};

/// The request's callback; without a request the connection failed.
void TakeAnswer(evhttp_request* request, void* asking_pointer) {
  auto& asking = *static_cast<Asking*>(asking_pointer);
  event_base_loopbreak(asking.base);
  if (request == nullptr || evhttp_request_get_response_code(request) == 0) return;
  evbuffer* const body = evhttp_request_get_input_buffer(request);
  asking.answer.emplace(
      Answer{evhttp_request_get_response_code(request), std::string(evbuffer_get_length(body), '\0')});
  evbuffer_copyout(body, asking.answer->body.data(), asking.answer->body.size());
}

/// Nothing unless the whole answer came in time.
std::optional<Answer> Get(const Address& address, const std::string& path, std::int64_t timeout_ms) {
  const std::unique_ptr<event_base, decltype(&event_base_free)> base(event_base_new(), &event_base_free);
  Asking asking{base.get(), std::nullopt};
  const std::unique_ptr<evhttp_connection, decltype(&evhttp_connection_free)> connection(
      evhttp_connection_base_new(base.get(), nullptr, address.host.c_str(), address.port),
      &evhttp_connection_free);
  evhttp_connection_set_max_body_size(connection.get(), static_cast<ev_ssize_t>(kLongestAnswer));
  evhttp_request* const request = evhttp_request_new(TakeAnswer, &asking);
  evkeyvalq* const headers = evhttp_request_get_output_headers(request);
  evhttp_add_header(headers, "Host", address.host.c_str());
  evhttp_add_header(headers, "Connection", "close");
  // From here on the connection owns the request.
  if (evhttp_make_request(connection.get(), request, EVHTTP_REQ_GET, path.c_str()) != 0) return std::nullopt;
  const timeval timeout{timeout_ms / 1000, timeout_ms % 1000 * 1000};
  event_base_loopexit(base.get(), &timeout);
  event_base_dispatch(base.get());
  return asking.answer;
}

/// What a connection that ends with its answer has brought; nothing unless it is whole.
std::optional<Answer> ParseAnswer(std::string_view text) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  constexpr std::string_view kEnd = "\r\n\r\n";
  const std::size_t end = text.find(kEnd);
  if (!text.starts_with(kVersion) || end == std::string_view::npos) return std::nullopt;
  const std::string_view head = text.substr(0, end);
  const std::string_view body = text.substr(end + kEnd.size());
  const std::size_t length = head.find(kLength);
  if (length == std::string_view::npos) return std::nullopt;
  const std::string_view digits = head.substr(length + kLength.size());
  if (digits.substr(0, digits.find('\r')) != std::to_string(body.size())) return std::nullopt;
  return Answer{std::atoi(head.data() + kVersion.size()), std::string(body)};
}

/// Likewise over a unix socket, which libevent's client does not know.
std::optional<Answer> GetOverUnix(const std::string& socket_path, const std::string& path,
                                  std::int64_t timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) return std::nullopt;
  socket_path.copy(address.sun_path, socket_path.size());
  const std::string request =
      fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::send(socket.number(), request.data(), request.size(), MSG_NOSIGNAL) !=
          static_cast<ssize_t>(request.size()))
    return std::nullopt;
  std::string text;
  while (text.size() < kLongestAnswer) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting{socket.number(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) != 1) return std::nullopt;
    std::array<char, 4096> bytes{};
    const ssize_t count = ::recv(socket.number(), bytes.data(), bytes.size(), 0);
    if (count < 0) return std::nullopt;
    if (count == 0) return ParseAnswer(text);
    text.append(bytes.data(), static_cast<std::size_t>(count));
  }
  return std::nullopt;
}

/// {"ok":true}, or {"ok":false,"reasons":[…]}; nothing for anything else.
std::optional<Health> ReadHealth(const Answer& answer) {
  const auto json = ParseJson<nlohmann::json>(answer.body, {.bytes = kLongestAnswer});
  if (!json || !json->is_object()) return std::nullopt;
  const auto ok = json->find("ok");
  if (ok == json->end() || !ok->is_boolean()) return std::nullopt;
  Health health{answer.status == 200 && ok->get<bool>(), {}};
  const auto reasons = json->find("reasons");
  if (reasons == json->end() || !reasons->is_array()) return health;
  for (const auto& reason : *reasons)
    if (reason.is_string()) health.reasons.push_back(reason.get<std::string>());
  return health;
}

}  // namespace

Result<Health> AskHealth(const std::string& address, const std::string& path, std::int64_t timeout_ms) {
  ASSIGN_OR_RETURN(const auto target, ParseAddress(address));
  const auto answer = target.unix_path.empty() ? Get(target, path, timeout_ms)
                                               : GetOverUnix(target.unix_path, path, timeout_ms);
  if (!answer)
    return Fail(ErrorCode::kUnavailable, "no answer from {}{}: is it running, with this --probe-listen?",
                target.Text(), path);
  const auto health = ReadHealth(*answer);
  if (!health)
    return Fail(ErrorCode::kUnavailable, "what answers at {}{} is no probe of Keymeter (status {})",
                target.Text(), path, answer->status);
  return *health;
}

int Healthcheck(const std::string& address, const std::string& path) {
  const auto health = AskHealth(address, path);
  if (!health) {
    std::fprintf(stderr, "keymeter: %s\n", health.error().Text().c_str());
    return health.error().code == ErrorCode::kInvalid ? 2 : 1;
  }
  if (health->is_healthy) {
    std::puts("healthy");
    return 0;
  }
  std::puts("not healthy");
  for (const std::string& reason : health->reasons) std::printf("- %s\n", reason.c_str());
  return 1;
}

}  // namespace keymeter::processor
