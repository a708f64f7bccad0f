#include "processor/commands/healthcheck.h"

#include <cstdio>
#include <memory>
#include <optional>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <sys/time.h>

#include "schema/bounded_json.h"
#include "schema/host_port.h"

namespace keymeter::processor {

namespace {

constexpr ev_ssize_t kLongestAnswer = 65'536;

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

/// The address to ask; a listener on 0.0.0.0 is asked on loopback.
Result<Address> ParseAddress(const std::string& text) {
  const auto parts = SplitHostPort(text);
  const auto port = ParsePort(parts ? parts->port.value_or("") : "");
  if (!port || parts->host.empty())
    return Fail(ErrorCode::kInvalid, "--probe-listen: '{}' is not HOST:PORT, such as 127.0.0.1:8788", text);
  if (*port == 0)
    return Fail(ErrorCode::kInvalid,
                "--probe-listen: port 0 says nothing: give the one that the log line \"listening\" names");
  const bool is_here = parts->host == "0.0.0.0" || parts->host == "localhost";
  return Address{std::string(is_here ? "127.0.0.1" : parts->host), *port};
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
  evhttp_connection_set_max_body_size(connection.get(), kLongestAnswer);
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
  const auto answer = Get(target, path, timeout_ms);
  if (!answer)
    return Fail(ErrorCode::kUnavailable, "no answer from {}:{}{}: is it running, with this --probe-listen?",
                target.host, target.port, path);
  const auto health = ReadHealth(*answer);
  if (!health)
    return Fail(ErrorCode::kUnavailable, "what answers at {}:{}{} is no probe of Keymeter (status {})",
                target.host, target.port, path, answer->status);
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
