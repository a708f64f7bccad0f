#include "query-api/front/inner_line.h"

#include <exception>
#include <utility>

#include <event2/buffer.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "query-api/front/inner_answer.h"
#include "query-api/front/inner_request.h"
#include "query-api/front/loopback.h"
#include "schema/file_descriptor.h"
#include "schema/log.h"

namespace keymeter::query_api {

namespace {

/// Bound already, so that its port is known before it connects; 0: it could not be had.
std::uint16_t BindToAnyPort(int socket) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return 0;
  return ntohs(address.sin_port);
}

/// Nothing may be thrown through libevent's frames: the line breaks instead.
template <typename Step>
void Guarded(InnerLine& line, Step step) {
  try {
    step();
  } catch (const std::exception& failure) {
    line.Break(failure.what());
  }
}

void LineReadable(bufferevent* /*stream*/, void* self) {
  auto& line = *static_cast<InnerLine*>(self);
  Guarded(line, [&line] { line.OnReadable(); });
}

void LineEvent(bufferevent* /*stream*/, short what, void* self) {
  auto& line = *static_cast<InnerLine*>(self);
  Guarded(line, [&line, what] { line.OnEvent(what); });
}

}  // namespace

InnerLine::InnerLine(const EventLoop& loop, std::uint16_t server_port, Handover& handover,
                     Callbacks callbacks)
    : loop_(loop), server_port_(server_port), handover_(handover), callbacks_(std::move(callbacks)) {}

InnerLine::~InnerLine() {
  Close();
}

void InnerLine::Connect() {
  if (stream_) return;
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  port_ = BindToAnyPort(socket.number());
  if (port_ == 0) return;  // no file or port is free: tried again with the next tick
  handover_.Open(port_);
  const int on = 1;
  ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  stream_.reset(bufferevent_socket_new(loop_.base(), socket.number(), BEV_OPT_CLOSE_ON_FREE));
  if (!stream_) return handover_.Close(port_);
  (void)socket.Release();  // it is the stream's now
  bufferevent_setcb(stream_.get(), LineReadable, nullptr, LineEvent, this);
  bufferevent_setwatermark(stream_.get(), EV_READ, 0, kMaxAnswerHeadBytes + kMostInlineBody + 1);
  bufferevent_enable(stream_.get(), EV_READ | EV_WRITE);
  const sockaddr_in server = Loopback(server_port_);
  if (bufferevent_socket_connect(stream_.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server) !=
      0)
    return Close();
  // Greets, so that the server keeps the connection: one that says nothing is a stranger's, and has half a
  // second.
  bytes_.clear();
  AppendInnerRequest(bytes_, {.method = "GET", .path = "/", .query = "", .headers = {{"Host", "inner"}}});
  Write();
}

void InnerLine::Close() {
  if (!stream_) return;
  handover_.Close(port_);
  stream_.reset();
  is_greeted_ = false;
}

void InnerLine::Ask(std::shared_ptr<Exchange> exchange) {
  bytes_.clear();
  AppendInnerRequest(bytes_, exchange->request());
  exchange_ = std::move(exchange);
  Write();
}

void InnerLine::Write() {
  const std::size_t sent = is_greeted_ ? SendNow(stream_.get(), bytes_) : 0;  // else it may not be connected
  if (sent < bytes_.size() &&
      bufferevent_write(stream_.get(), bytes_.data() + sent, bytes_.size() - sent) != 0)
    Break("it could not be asked");
}

void InnerLine::OnReadable() {
  evbuffer* const in = bufferevent_get_input(stream_.get());
  const std::size_t size = evbuffer_get_length(in);
  const std::string_view bytes(reinterpret_cast<const char*>(evbuffer_pullup(in, -1)), size);
  if (is_greeted_ && !exchange_) return Break("it said something unasked");
  const auto read = ReadInnerAnswer(bytes, exchange_ && exchange_->request().method == "HEAD");
  if (!read) return Break(read.error().Text());
  if (!*read) return;
  if (!is_greeted_) {
    evbuffer_drain(in, (*read)->bytes);
    is_greeted_ = true;
    return callbacks_.on_free();
  }
  Answer answer{
      .status = (*read)->status, .head = std::string((*read)->head), .body = std::string((*read)->body)};
  if ((*read)->is_handed_over) {
    auto left = handover_.Take(port_);
    if (!left) return Break("it handed nothing over");
    answer.shared_body = std::move(left->shared_body);
    answer.file = std::move(left->file);
    answer.start_session = std::move(left->start_session);
  }
  evbuffer_drain(in, (*read)->bytes);
  const auto exchange = std::exchange(exchange_, nullptr);
  callbacks_.on_answer(*exchange, std::move(answer));
  callbacks_.on_free();
}

void InnerLine::OnEvent(short what) {
  if ((what & BEV_EVENT_CONNECTED) == 0) Break("it was closed");
}

void InnerLine::Break(std::string_view why) {
  // Between two requests the server may end a connection without harm.
  if (exchange_) log::Fault("no answer from inside", {{"reason", why}});
  Close();
  callbacks_.on_broken(std::exchange(exchange_, nullptr));
}

}  // namespace keymeter::query_api
