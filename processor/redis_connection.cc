#include "processor/redis_connection.h"

#include <cassert>
#include <utility>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace keymeter::processor {

namespace {

constexpr std::size_t kReadChunkBytes = std::size_t{256} * 1024;

void SetNoDelay(bufferevent* stream) {
  const int on = 1;
  setsockopt(bufferevent_getfd(stream), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

void AppendCommandHeader(std::string& out, std::size_t argument_count) {
  fmt::format_to(std::back_inserter(out), "*{}\r\n", argument_count);
}

void AppendArgument(std::string& out, std::string_view argument) {
  fmt::format_to(std::back_inserter(out), "${}\r\n", argument.size());
  out += argument;
  out += "\r\n";
}

void AppendCommand(std::string& out, std::initializer_list<std::string_view> arguments) {
  AppendCommandHeader(out, arguments.size());
  for (std::string_view argument : arguments) AppendArgument(out, argument);
}

void RedisConnection::Connect(const RedisTarget& target) {
  Drop();
  stream_ = bufferevent_socket_new(loop_.base(), -1, BEV_OPT_CLOSE_ON_FREE);
  bufferevent_setcb(
      stream_, [](bufferevent*, void* self) { static_cast<RedisConnection*>(self)->OnReadable(); }, nullptr,
      [](bufferevent*, short what, void* self) { static_cast<RedisConnection*>(self)->OnEvent(what); }, this);
  bufferevent_set_max_single_read(stream_, kReadChunkBytes);
  // A write that stands this long (connecting counts as one) is a dead peer; silence is the heartbeat's to
  // judge.
  const std::int64_t timeout_ms = target.timeouts.connect_ms;
  const timeval timeout{timeout_ms / 1000, timeout_ms % 1000 * 1000};
  bufferevent_set_timeouts(stream_, nullptr, &timeout);
  bufferevent_enable(stream_, EV_READ | EV_WRITE);
  if (target.url.transport == RedisUrl::Transport::kTls)
    return Close({ErrorCode::kInvalid, "rediss:// is not built yet"});
  if (Dial(target.url) != 0 && IsOpen()) {
    const int code = bufferevent_socket_get_dns_error(stream_);
    Close({ErrorCode::kUnavailable,
           fmt::format("connect to {}: {}", target.url.Display(), evutil_gai_strerror(code))});
  }
}

int RedisConnection::Dial(const RedisUrl& url) {
  if (url.transport != RedisUrl::Transport::kUnix)
    return bufferevent_socket_connect_hostname(stream_, nullptr, AF_UNSPEC, url.host.c_str(), url.port);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  url.path.copy(address.sun_path, sizeof address.sun_path - 1);
  return bufferevent_socket_connect(stream_, reinterpret_cast<sockaddr*>(&address), sizeof address);
}

void RedisConnection::Send(std::string_view bytes) {
  assert(loop_.InLoopThread());
  if (stream_ != nullptr) bufferevent_write(stream_, bytes.data(), bytes.size());
}

void RedisConnection::Close(const Error& why) {
  if (stream_ == nullptr) return;
  Drop();
  handler_.on_closed(why);
}

void RedisConnection::Drop() {
  if (stream_ == nullptr) return;
  bufferevent_free(std::exchange(stream_, nullptr));
  is_connected_ = false;
}

void RedisConnection::OnReadable() {
  evbuffer* input = bufferevent_get_input(stream_);
  while (stream_ != nullptr && evbuffer_get_length(input) > 0) {
    evbuffer_iovec chunk{};
    evbuffer_peek(input, -1, nullptr, &chunk, 1);
    const auto taken = handler_.on_bytes({static_cast<const char*>(chunk.iov_base), chunk.iov_len});
    if (stream_ == nullptr) return;
    if (!taken) return Close(taken.error());
    evbuffer_drain(input, chunk.iov_len);
  }
}

void RedisConnection::OnEvent(short what) {
  if ((what & BEV_EVENT_CONNECTED) != 0) {
    is_connected_ = true;
    SetNoDelay(stream_);
    return handler_.on_connected();
  }
  const int socket_error = EVUTIL_SOCKET_ERROR();
  const char* phase = is_connected_ ? "connection" : "connect";
  if ((what & BEV_EVENT_TIMEOUT) != 0)
    return Close({ErrorCode::kUnavailable, fmt::format("{}: timed out", phase)});
  if ((what & BEV_EVENT_EOF) != 0)
    return Close({ErrorCode::kUnavailable, "connection: closed by the server"});
  const int dns_error = is_connected_ ? 0 : bufferevent_socket_get_dns_error(stream_);
  const char* reason =
      dns_error != 0 ? evutil_gai_strerror(dns_error) : evutil_socket_error_to_string(socket_error);
  Close({ErrorCode::kUnavailable, fmt::format("{}: {}", phase, reason)});
}

}  // namespace keymeter::processor
