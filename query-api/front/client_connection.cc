#include "query-api/front/client_connection.h"

#include <algorithm>
#include <utility>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "schema/log.h"

namespace keymeter::query_api {

namespace {

constexpr int kPiecesInOneGo = 4;                    ///< then other clients have their turn
constexpr std::size_t kMostFarewellBytes = 262'144;  ///< read and thrown away while a client is told to close
constexpr int kSessionKernelBytes =
    65'536;  ///< small, so that a slow client is noticed early and costs little

ClientConnection& Of(void* self) {
  return *static_cast<ClientConnection*>(self);
}

void Readable(bufferevent* /*stream*/, void* self) {
  Of(self).Guarded([self] { Of(self).OnReadable(); });
}

void Written(bufferevent* /*stream*/, void* self) {
  Of(self).Guarded([self] { Of(self).OnWritten(); });
}

void Event(bufferevent* /*stream*/, short what, void* self) {
  Of(self).Guarded([self, what] { Of(self).OnEvent(what); });
}

void Taken(evbuffer* /*buffer*/, const evbuffer_cb_info* info, void* self) {
  if (info->n_deleted > 0) Of(self).OnTaken(info->n_deleted);
}

}  // namespace

ClientConnection::ClientConnection(Stream stream, std::string peer, std::string counts_for,
                                   ConnectionContext& context)
    : context_(context), stream_(std::move(stream)), peer_(std::move(peer)) {
  context_.limits.Add(*this, std::move(counts_for), context_.clock.MonotonicMs());
  bufferevent_setcb(stream_.get(), Readable, Written, Event, this);
  // What does not fit stays in the kernel, so a client that sends more than we read is held up.
  bufferevent_setwatermark(stream_.get(), EV_READ, 0, kMaxHeadBytes);
  evbuffer_add_cb(bufferevent_get_output(stream_.get()), Taken, this);
  bufferevent_enable(stream_.get(), EV_READ | EV_WRITE);
}

ClientConnection::~ClientConnection() {
  if (exchange_) exchange_->Abandon();
  context_.limits.Remove(*this);
  // Before the session, which owns bytes that are on their way.
  evbuffer_remove_cb(bufferevent_get_output(stream_.get()), Taken, this);
  stream_.reset();
}

void ClientConnection::End() {
  if (std::exchange(is_ended_, true)) return;
  if (exchange_) exchange_->Abandon();
  bufferevent_disable(stream_.get(), EV_READ | EV_WRITE);
  bufferevent_setcb(stream_.get(), nullptr, nullptr, nullptr, nullptr);
  context_.end(*this);
}

std::string_view ClientConnection::Received(std::size_t most) {
  evbuffer* const in = bufferevent_get_input(stream_.get());
  const std::size_t size = std::min(evbuffer_get_length(in), most);
  if (size == 0) return {};
  return {reinterpret_cast<const char*>(evbuffer_pullup(in, static_cast<ev_ssize_t>(size))), size};
}

void ClientConnection::OnReadable() {
  if (phase() == Phase::kFarewell) return ReceiveFarewell();
  if (phase() == Phase::kUpgraded) return ReceiveSession();
  Advance();
}

/// Not by recursion: an answer may come while its request is being asked for, and the next request be there.
void ClientConnection::Advance() {
  if (std::exchange(is_advancing_, true)) return;
  while (!is_ended_ && TakeRequest()) {
  }
  is_advancing_ = false;
}

bool ClientConnection::TakeRequest() {
  if (phase() != Phase::kHead && phase() != Phase::kIdle && phase() != Phase::kOverCap) return false;
  const std::string_view received = Received(kMaxHeadBytes);
  if (received.empty()) {
    if (client_has_ended_) End();
    return false;
  }
  if (phase() == Phase::kIdle) context_.limits.Move(*this, Phase::kHead, context_.clock.MonotonicMs());
  auto head = ReadRequestHead(received);
  if (!head) {
    Refuse(std::move(head.error().request), std::move(head.error().response));
    return false;
  }
  if (!*head) {
    if (client_has_ended_) End();
    return false;
  }
  evbuffer_drain(bufferevent_get_input(stream_.get()), (*head)->bytes);
  Ask(std::move(**head));
  return true;
}

void ClientConnection::Ask(RequestHead head) {
  if (phase() == Phase::kOverCap) {
    Response refusal = Problem(429, "too many connections from this address");
    refusal.headers.push_back({"Retry-After", "1"});
    return Refuse(std::move(head.request), std::move(refusal));
  }
  head.request.peer = peer_;
  closes_ = head.has_body || !head.keeps_alive;
  names_keep_alive_ = head.names_keep_alive;
  context_.limits.Move(*this, Phase::kInside, context_.clock.MonotonicMs());
  const bool sends_body = head.request.method != "HEAD";
  exchange_ = std::make_shared<Exchange>(std::move(head.request), [this, sends_body](Answer answer) {
    Guarded([&] { Send(std::move(answer), sends_body); });
  });
  context_.backend.Ask(exchange_);
}

void ClientConnection::Refuse(Request request, Response refusal) {
  closes_ = true;
  request.peer = peer_;
  const bool sends_body = request.method != "HEAD";
  Send(AnswerOf(context_.frame_refusal ? context_.frame_refusal(request, std::move(refusal))
                                       : std::move(refusal)),
       sends_body);
}

void ClientConnection::Send(Answer answer, bool sends_body) {
  exchange_.reset();
  sending_since_ms_ = context_.clock.MonotonicMs();
  context_.limits.Move(*this, Phase::kSending, sending_since_ms_);
  if (answer.status != 101) {
    if (closes_)
      answer.head += "Connection: close\r\n";
    else if (names_keep_alive_)
      answer.head += "Connection: keep-alive\r\n";
  }
  answer.head += "\r\n";
  start_session_ = std::move(answer.start_session);
  answer_ = AnswerBytes(std::move(answer), sends_body);
  context_.limits.Hold(*this, answer_.body());
  SendPieces();
}

/// Only while nothing waits in the stream's buffer.
void ClientConnection::SendPieces() {
  for (int i = 1;; ++i) {
    const auto piece = answer_.Next();
    if (!piece) return OnFailure(piece.error().Text());
    if (piece->empty()) return FinishAnswer();
    const std::size_t sent = i < kPiecesInOneGo ? SendNow(stream_.get(), *piece) : 0;
    OnTaken(sent);
    if (sent == piece->size()) continue;
    if (bufferevent_write(stream_.get(), piece->data() + sent, piece->size() - sent) != 0) End();
    return;
  }
}

/// A slow client is one that does not take a piece in its time; all of an answer has a time, too.
void ClientConnection::OnTaken(std::size_t bytes) {
  if (phase() == Phase::kUpgraded) return session_->Sent(bytes);
  if (phase() != Phase::kSending) return;
  answer_.Taken(bytes);
  piece_taken_ += bytes;
  if (piece_taken_ < AnswerBytes::kPieceBytes) return;
  piece_taken_ = 0;
  const std::int64_t now_ms = context_.clock.MonotonicMs();
  if (now_ms - sending_since_ms_ < context_.limits.granted().answer_ms)
    context_.limits.Move(*this, Phase::kSending, now_ms);
}

void ClientConnection::OnWritten() {
  // The callback may have waited its turn: more may have been appended since.
  if (evbuffer_get_length(bufferevent_get_output(stream_.get())) > 0) return;
  if (phase() == Phase::kUpgraded) return PumpSession();
  if (phase() == Phase::kSending) SendPieces();
}

void ClientConnection::FinishAnswer() {
  context_.limits.Hold(*this, nullptr);
  answer_ = AnswerBytes();
  piece_taken_ = 0;
  if (start_session_) return BeginSession(std::exchange(start_session_, {}));
  if (closes_ || context_.is_stopping) return BeginFarewell();
  context_.limits.Move(*this, Phase::kIdle, context_.clock.MonotonicMs());
  Advance();
}

/// A socket that is closed with unread bytes is reset, which can take our last answer away from its client:
/// so our side ends first, and what still comes is thrown away for a moment.
void ClientConnection::BeginFarewell() {
  if (client_has_ended_) return End();
  context_.limits.Move(*this, Phase::kFarewell, context_.clock.MonotonicMs());
  CloseSendingSide();
  ReceiveFarewell();
}

void ClientConnection::CloseSendingSide() {
  // Once: asked again, OpenSSL would read what the client says.
  SSL* const tls = bufferevent_openssl_get_ssl(stream_.get());
  if (tls != nullptr && (SSL_get_shutdown(tls) & SSL_SENT_SHUTDOWN) == 0) SSL_shutdown(tls);
  ::shutdown(bufferevent_getfd(stream_.get()), SHUT_WR);
}

void ClientConnection::ReceiveFarewell() {
  evbuffer* const in = bufferevent_get_input(stream_.get());
  farewell_bytes_ += evbuffer_get_length(in);
  evbuffer_drain(in, evbuffer_get_length(in));
  if (farewell_bytes_ > kMostFarewellBytes) End();
}

void ClientConnection::BeginSession(const StartSession& start) {
  const std::int64_t now_ms = context_.clock.MonotonicMs();
  const int socket = bufferevent_getfd(stream_.get());
  for (const int option : {SO_SNDBUF, SO_RCVBUF})
    ::setsockopt(socket, SOL_SOCKET, option, &kSessionKernelBytes, sizeof kSessionKernelBytes);
  session_ = start(now_ms);
  context_.limits.Move(*this, Phase::kUpgraded, now_ms);
  ReceiveSession();
  if (client_has_ended_) session_->ReceiveEnd();
  if (context_.is_stopping) session_->Stop(now_ms);
  PumpSession();
}

void ClientConnection::ReceiveSession() {
  for (auto received = Received(kMaxHeadBytes); !received.empty(); received = Received(kMaxHeadBytes)) {
    session_->Receive(received, context_.clock.MonotonicMs());
    evbuffer_drain(bufferevent_get_input(stream_.get()), received.size());
  }
  PumpSession();
}

void ClientConnection::TickSession() {
  session_->Tick(context_.clock.MonotonicMs());
  PumpSession();
}

void ClientConnection::StopSession() {
  session_->Stop(context_.clock.MonotonicMs());
  PumpSession();
}

/// One frame at a time, from where it is: the next when the connection has taken it.
void ClientConnection::PumpSession() {
  if (is_ended_) return;
  if (session_->IsOver()) return End();
  evbuffer* const out = bufferevent_get_output(stream_.get());
  if (evbuffer_get_length(out) > 0) return;
  const std::string_view unsent = session_->Unsent(context_.clock.MonotonicMs());
  if (!unsent.empty())
    evbuffer_add_reference(out, unsent.data(), unsent.size(), nullptr, nullptr);
  else if (session_->HasSentAll())
    CloseSendingSide();
}

void ClientConnection::OnEvent(short what) {
  if ((what & BEV_EVENT_CONNECTED) != 0)  // of TLS: its handshake took round trips of its own
    context_.limits.Move(*this, phase(), context_.clock.MonotonicMs());
  if (what == BEV_EVENT_CONNECTED) return;
  if ((what & BEV_EVENT_ERROR) != 0 || (what & BEV_EVENT_READING) == 0) return End();
  client_has_ended_ = true;
  // TLS gives up writing, too, when the client has closed its sending side only.
  bufferevent_disable(stream_.get(), EV_READ);
  bufferevent_enable(stream_.get(), EV_WRITE);
  if (phase() == Phase::kUpgraded) {
    session_->ReceiveEnd();
    return PumpSession();
  }
  if (phase() == Phase::kFarewell) return End();
  Advance();  // what it has asked is answered
}

void ClientConnection::OnFailure(std::string_view what) {
  log::Fault("connection ended", {{"reason", what}});
  End();
}

void ClientConnection::TimeIsOver() {
  if (is_ended_) return;
  const bool has_begun = !Received(1).empty();
  if (phase() == Phase::kHead && has_begun)
    return Refuse({}, Problem(408, "the header of the request did not arrive in time"));
  End();
}

}  // namespace keymeter::query_api
