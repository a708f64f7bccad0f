#include "query-api/push/web_sockets.h"

#include <array>
#include <utility>

#include "query-api/push/web_socket_handshake.h"

namespace keymeter::query_api {

namespace {

constexpr std::string_view kRetryAfterSeconds = "30";

Response NoSeat() {
  Response response =
      Problem(503, "there are as many WebSockets as there may be, in all or from this address");
  response.headers.push_back({"Retry-After", std::string(kRetryAfterSeconds)});
  return response;
}

/// Too many requests are a reason to be refused, not to be sent away.
bool MayStay(const Gate& gate, const Request& request, Role role) {
  if (!gate) return true;
  const auto caller = gate(request);
  if (caller) return caller->role == role;
  return caller.error().status != 401 && caller.error().status != 403;
}

}  // namespace

WebSockets::WebSockets(const std::string& db_path, const Clock& clock, std::size_t most, Gate gate)
    : gate_(std::move(gate)), pool_(db_path, 1), context_{pool_, clock}, seats_(most), hub_([this] {
        publisher_->Wake();
      }) {}

Result<std::unique_ptr<WebSockets>> WebSockets::Start(const std::string& db_path, const Clock& clock,
                                                      std::size_t most, Gate gate) {
  std::unique_ptr<WebSockets> sockets(new WebSockets(db_path, clock, most, std::move(gate)));
  ASSIGN_OR_RETURN(auto loop, WebSocketLoop::Start(sockets->hub_, clock, sockets->counts_));
  sockets->loop_ = std::move(loop);
  sockets->publisher_ = std::make_unique<PushThread>(sockets->context_, sockets->hub_,
                                                     [s = sockets.get()] { s->loop_->Wake(); });
  return sockets;
}

WebSockets::~WebSockets() {
  Stop();  // first: its clients wake the publisher
}

Result<Response> WebSockets::Answer(const Call& call) {
  Response response = WebSocketHandshake(call.request);
  if (response.status != 101) return response;
  auto seat = seats_.Take(call.caller.address);
  if (!seat) {
    ++refused_;
    return NoSeat();
  }
  response.take_over = [this, seat, role = call.caller.role, request = call.request](FileDescriptor socket) {
    loop_->Add(
        {std::move(socket), role, seat, [this, request, role] { return MayStay(gate_, request, role); }});
  };
  return response;
}

void WebSockets::Write(PrometheusText& writer) const {
  writer.Gauge("keymeter_websockets_open", "WebSockets that are open.", static_cast<double>(seats_.taken()));
  writer.Counter("keymeter_websockets_opened_total", "WebSockets that were opened.",
                 static_cast<double>(counts_.opened));
  writer.Counter("keymeter_websockets_refused_total", "WebSockets for which there was no room.",
                 static_cast<double>(refused_));
  writer.Counter("keymeter_websocket_messages_total", "Events that were sent over WebSockets.",
                 static_cast<double>(counts_.messages));
  constexpr std::array<std::string_view, 5> kReasons = {"client", "server", "refused", "slow", "silent"};
  for (std::size_t i = 0; i < kReasons.size(); ++i)
    writer.Counter(
        "keymeter_websockets_ended_total",
        "WebSockets that ended: by the client, by our stop, for breaking a rule, for taking messages "
        "too slowly, for not answering pings.",
        static_cast<double>(counts_.ended.at(i)), {{"reason", kReasons.at(i)}});
}

}  // namespace keymeter::query_api
