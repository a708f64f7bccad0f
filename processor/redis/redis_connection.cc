#include "processor/redis/redis_connection.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/util.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "processor/redis/redis_tls.h"

namespace keymeter::processor {

namespace {

constexpr std::size_t kReceivedBytes = std::size_t{64} * 1024;  ///< as much as stays in a core's cache
constexpr int kReadsAtOnce = 2;  ///< then other callbacks have their turn: 1,400 replies take 3 ms

void SetNoDelay(bufferevent* stream) {
  const int on = 1;
  setsockopt(bufferevent_getfd(stream), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// What to do, or to look at, when a socket does not connect; empty when nobody knows.
std::string_view Remedy(int socket_error, RedisUrl::Transport transport) {
  const bool is_unix = transport == RedisUrl::Transport::kUnix;
  if (socket_error == ENOENT) return "is this the `unixsocket` of redis.conf?";
  if (socket_error == EACCES && is_unix)
    return "may our user write to it? see `unixsocketperm` of redis.conf";
  if (socket_error == ECONNREFUSED) return "is Redis running there?";
  return "";
}

/// Whether bytes that begin so are a TLS record. No reply of Redis begins with such a byte.
bool IsTlsRecord(char first) {
  constexpr char kAlert = 0x15;
  constexpr char kHandshake = 0x16;
  return first == kAlert || first == kHandshake;
}

}  // namespace

void RedisConnection::Connect(std::vector<SocketAddress> addresses) {
  loop_.AssertInLoopThread("RedisConnection::Connect");
  Drop();
  addresses_ = std::move(addresses);
  tried_ = 0;
  DialNext();
}

void RedisConnection::DialNext() {
  Drop();
  const SocketAddress& address = addresses_[tried_++];
  phase_ = Phase::kDialing;
  has_received_ = false;
  stream_ = bufferevent_socket_new(loop_.base(), -1, BEV_OPT_CLOSE_ON_FREE);
  SetCallbacks();
  const std::int64_t part_ms = target_.timeouts.connect_ms / static_cast<std::int64_t>(addresses_.size());
  const timeval part{part_ms / 1000, part_ms % 1000 * 1000};
  bufferevent_set_timeouts(stream_, nullptr, &part);
  if (bufferevent_socket_connect(stream_, reinterpret_cast<const sockaddr*>(&address.storage),
                                 static_cast<int>(address.size)) != 0 &&
      IsOpen())
    OnDialFailed(EVUTIL_SOCKET_ERROR());
}

void RedisConnection::SetCallbacks() {
  bufferevent_setcb(
      stream_,
      [](bufferevent*, void* self) {
        const LoopSpan span(static_cast<RedisConnection*>(self)->loop_);
        static_cast<RedisConnection*>(self)->OnReadable();
      },
      nullptr,
      [](bufferevent*, short what, void* self) { static_cast<RedisConnection*>(self)->OnEvent(what); }, this);
  bufferevent_enable(stream_, EV_READ | EV_WRITE);
}

/// The connected socket moves from the plain stream to one that encrypts.
void RedisConnection::StartTls() {
  auto session = NewTlsSession(target_);
  if (!session) return Close(session.error());
  const evutil_socket_t socket = bufferevent_getfd(stream_);
  bufferevent_setfd(stream_, -1);
  bufferevent_free(stream_);
  phase_ = Phase::kShakingHands;
  stream_ = bufferevent_openssl_socket_new(loop_.base(), socket, session->release(),
                                           BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
  SetCallbacks();
}

void RedisConnection::BecomeOpen() {
  phase_ = Phase::kOpen;
  bufferevent_set_timeouts(stream_, nullptr, nullptr);
  handler_.on_connected();
}

void RedisConnection::Send(std::string_view bytes) {
  loop_.AssertInLoopThread("RedisConnection::Send");
  if (stream_ != nullptr) bufferevent_write(stream_, bytes.data(), bytes.size());
}

void RedisConnection::Close(const Error& why) {
  if (stream_ == nullptr) return;
  Drop();
  handler_.on_closed(why);
}

void RedisConnection::Drop() {
  loop_.AssertInLoopThread("RedisConnection::Drop");
  rest_.Stop();
  if (stream_ != nullptr) bufferevent_free(std::exchange(stream_, nullptr));
}

AwaitedStep RedisConnection::Awaited() const {
  if (phase_ == Phase::kDialing) return {"the connection"};
  if (phase_ == Phase::kShakingHands)
    return {"the server's part of the TLS handshake", "use redis:// if it does not speak TLS on this port"};
  return {"a reply"};
}

/// libevent reads 4 KB at a time. We read the rest directly, without a copy into its buffer.
void RedisConnection::OnReadable() {
  TakeInput();
  if (stream_ != nullptr && IsPlain()) ReadSocket();
  if (stream_ != nullptr) Rest();
}

void RedisConnection::TakeInput() {
  evbuffer* input = bufferevent_get_input(stream_);
  while (stream_ != nullptr && evbuffer_get_length(input) > 0) {
    evbuffer_iovec chunk{};
    evbuffer_peek(input, -1, nullptr, &chunk, 1);
    const Status taken = Take({static_cast<char*>(chunk.iov_base), chunk.iov_len});
    if (stream_ == nullptr) return;  // and with it the chunk
    Wipe(chunk.iov_base, chunk.iov_len);
    if (!taken) return Close(taken.error());
    evbuffer_drain(input, chunk.iov_len);
  }
}

bool RedisConnection::ReadSocket() {
  received_.resize(kReceivedBytes);
  bool has_read = false;
  for (int i = 0; i < kReadsAtOnce; ++i) {
    const ssize_t count = recv(bufferevent_getfd(stream_), received_.data(), received_.size(), MSG_DONTWAIT);
    if (count == 0) break;  // the end: libevent will see it, too, and report it
    if (count < 0) {
      const int error = EVUTIL_SOCKET_ERROR();
      if (error != EAGAIN && error != EINTR) OnEvent(BEV_EVENT_ERROR);
      break;
    }
    has_read = true;
    const auto size = static_cast<std::size_t>(count);
    const Status taken = Take({received_.data(), size});
    Wipe(received_.data(), size);
    if (stream_ != nullptr && !taken) Close(taken.error());
    if (stream_ == nullptr || size < received_.size()) break;
  }
  return has_read;
}

void RedisConnection::Wipe(void* bytes, std::size_t size) const {
  if (handler_.holds_secrets) explicit_bzero(bytes, size);
}

/// Not under TLS: there, ReadDuringRest could not take what waits in the socket.
void RedisConnection::Rest() {
  const std::int64_t rest_ms = handler_.rest_ms && IsPlain() ? handler_.rest_ms() : 0;
  if (rest_ms == 0) return EndRest();
  bufferevent_disable(stream_, EV_READ);
  rest_.StartIn(rest_ms);
}

/// As long as something has come, the next rest begins: the timer wakes us, not the socket.
void RedisConnection::OnRested() {
  if (!ReadSocket()) return EndRest();
  if (stream_ != nullptr) Rest();
}

void RedisConnection::ReadDuringRest() {
  if (!rest_.IsPending()) return;
  rest_.Stop();
  OnRested();
}

void RedisConnection::EndRest() {
  rest_.Stop();
  if (stream_ != nullptr && (bufferevent_get_enabled(stream_) & EV_READ) == 0)
    bufferevent_enable(stream_, EV_READ);
}

Status RedisConnection::Take(std::string_view bytes) {
  if (!std::exchange(has_received_, true) && IsTlsRecord(bytes.front()))
    return Fail(MakeError(ErrorCode::kRefused, "the server speaks TLS on this port")
                    .Because(ErrorReason::kCannotConnect)
                    .Remedy("use rediss://, or its plain port"));
  return handler_.on_bytes(bytes);
}

void RedisConnection::OnEvent(short what) {
  const int socket_error = EVUTIL_SOCKET_ERROR();
  if ((what & BEV_EVENT_CONNECTED) == 0) {
    if (phase_ != Phase::kDialing) return OnEnd(what);
    return OnDialFailed((what & BEV_EVENT_TIMEOUT) != 0 ? ETIMEDOUT : socket_error);
  }
  if (phase_ == Phase::kShakingHands) return BecomeOpen();
  if (target_.url.transport != RedisUrl::Transport::kUnix) SetNoDelay(stream_);
  target_.url.transport == RedisUrl::Transport::kTls ? StartTls() : BecomeOpen();
}

void RedisConnection::OnDialFailed(int socket_error) {
  const std::string address = peer().Display();
  if (tried_ < addresses_.size()) return DialNext();
  Close(MakeError(ErrorCode::kUnavailable, "connect to {}: {}", address,
                  evutil_socket_error_to_string(socket_error))
            .Because(ErrorReason::kCannotConnect)
            .Remedy(std::string(Remedy(socket_error, target_.url.transport))));
}

/// A server that refuses us says why and closes. When a write of ours fails before we have read that, its
/// last words still wait in the socket.
void RedisConnection::ReadLastWords() {
  char words[1024];
  ERR_clear_error();
  SSL* session = bufferevent_openssl_get_ssl(stream_);
  const ssize_t count = session != nullptr
                            ? SSL_read(session, words, sizeof words)
                            : recv(bufferevent_getfd(stream_), words, sizeof words, MSG_DONTWAIT);
  if (count <= 0) return;
  if (auto taken = Take({words, static_cast<std::size_t>(count)}); !taken) Close(taken.error());
}

void RedisConnection::OnEnd(short what) {
  const int socket_error = EVUTIL_SOCKET_ERROR();
  if ((what & BEV_EVENT_ERROR) != 0 && phase_ == Phase::kOpen) ReadLastWords();
  if (!IsOpen()) return;
  if (const SSL* session = bufferevent_openssl_get_ssl(stream_)) {
    unsigned long code = bufferevent_get_openssl_error(stream_);
    if (code == 0) code = ERR_get_error();
    if (phase_ == Phase::kShakingHands || code != 0) return Close(TlsError(*session, code, target_));
  }
  const bool is_closed = (what & BEV_EVENT_EOF) != 0 || socket_error == 0;
  const bool may_be_tls = !has_received_ && target_.url.transport == RedisUrl::Transport::kTcp;
  Error lost = MakeError(ErrorCode::kUnavailable, "connection: {}{}",
                         is_closed ? "closed by the server" : evutil_socket_error_to_string(socket_error),
                         may_be_tls ? " without a word" : "")
                   .Because(ErrorReason::kConnectionLost);
  if (may_be_tls) lost.remedy = "use rediss:// if it speaks TLS on this port";
  Close(lost);
}

}  // namespace keymeter::processor
