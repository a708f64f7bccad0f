#include "query-api/push/web_sockets.h"

#include <array>
#include <utility>

#include "query-api/push/web_socket_handshake.h"

namespace keymeter::query_api {

namespace {

constexpr std::string_view kRetryAfterSeconds = "30";

Response TooManyConnections() {
  Response response =
      Problem(503, "there are as many WebSockets as there may be, in all or from this address");
  response.headers.push_back({"Retry-After", std::string(kRetryAfterSeconds)});
  return response;
}

/// A rate limit (429) or a busy server (503) does not end a connection that is open.
bool MayStay(const Gate& gate, const Request& request, Role role) {
  if (!gate) return true;
  const auto caller = gate(request);
  if (caller) return caller->role == role;
  return caller.error().status != 401 && caller.error().status != 403;
}

}  // namespace

WebSockets::WebSockets(const std::string& db_path, const Clock& clock, std::size_t most, Gate gate)
    : gate_(std::move(gate)), pool_(db_path, 1), context_{pool_, clock}, limiter_(most), hub_([this] {
        publisher_->Wake();
      }) {}

std::unique_ptr<WebSockets> WebSockets::Start(const std::string& db_path, const Clock& clock,
                                              std::size_t most, Gate gate) {
  std::unique_ptr<WebSockets> sockets(new WebSockets(db_path, clock, most, std::move(gate)));
  sockets->publisher_ =
      std::make_unique<PushThread>(sockets->context_, sockets->hub_, [s = sockets.get()] { s->Wake(); });
  return sockets;
}

void WebSockets::OnNews(std::function<void()> wake) {
  const MutexLock lock(mutex_);
  wake_ = std::move(wake);
}

void WebSockets::Wake() {
  std::function<void()> wake;
  {
    const MutexLock lock(mutex_);
    wake = wake_;
  }
  if (wake) wake();
}

Result<Response> WebSockets::Answer(const Call& call) {
  Response response = WebSocketHandshake(call.request);
  if (response.status != 101) return response;
  auto slot = limiter_.Acquire(call.caller.address);
  if (!slot) {
    ++refused_;
    return TooManyConnections();
  }
  response.start_session = [this, slot = std::move(slot), role = call.caller.role,
                            request = call.request](std::int64_t now_ms) mutable {
    const auto may_stay = [this, request, role] { return MayStay(gate_, request, role); };
    return std::make_unique<WebSocketSession>(hub_, counts_, WebSocketGrant{role, may_stay, std::move(slot)},
                                              now_ms);
  };
  return response;
}

void WebSockets::Write(PrometheusText& writer) const {
  writer.Gauge("keymeter_websockets_open", "Open WebSockets.", static_cast<double>(limiter_.in_use()));
  writer.Counter("keymeter_websockets_opened_total", "WebSockets opened since the start.",
                 static_cast<double>(counts_.opened));
  writer.Counter("keymeter_websockets_refused_total",
                 "WebSockets refused because too many were open, in all or from one address.",
                 static_cast<double>(refused_));
  writer.Counter("keymeter_websocket_messages_total", "Events sent to WebSocket clients.",
                 static_cast<double>(counts_.messages));
  constexpr std::array<std::string_view, 5> kReasons = {"client", "server", "refused", "slow", "silent"};
  for (std::size_t i = 0; i < kReasons.size(); ++i)
    writer.Counter(
        "keymeter_websockets_ended_total",
        "WebSockets that ended, by reason: closed by the client, by our shutdown, for breaking a rule, "
        "for reading messages too slowly, for not answering pings.",
        static_cast<double>(counts_.ended.at(i)), {{"reason", kReasons.at(i)}});
}

}  // namespace keymeter::query_api
