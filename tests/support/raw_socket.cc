#include "tests/support/raw_socket.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace keymeter::testing {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kTls = "tls://";

std::string TlsReason() {
  const unsigned long code = ::ERR_get_error();
  return code == 0 ? "the connection was closed" : ::ERR_error_string(code, nullptr);
}

struct Address {
  sockaddr_storage any{};
  socklen_t size = 0;
};

template <typename Sockaddr>
Address Wrapped(const Sockaddr& address) {
  Address wrapped;
  std::memcpy(&wrapped.any, &address, sizeof address);
  wrapped.size = sizeof address;
  return wrapped;
}

Address AddressOf(const std::string& text) {
  if (text.starts_with("unix:")) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = text.substr(5);
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error("too long for a socket: " + path);
    path.copy(address.sun_path, path.size());
    return Wrapped(address);
  }
  const std::size_t colon = text.rfind(':');
  const auto port = htons(static_cast<std::uint16_t>(std::stoi(text.substr(colon + 1))));
  if (text.starts_with('[')) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = port;
    if (::inet_pton(AF_INET6, text.substr(1, colon - 2).c_str(), &address.sin6_addr) == 1)
      return Wrapped(address);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = port;
  if (::inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1)
    throw std::runtime_error("no address: " + text);
  return Wrapped(address);
}

Milliseconds TimeLeft(Clock::time_point deadline) {
  return std::max(Milliseconds(0), std::chrono::duration_cast<Milliseconds>(deadline - Clock::now()));
}

}  // namespace

RawSocket::RawSocket(int port) : RawSocket(fmt::format("127.0.0.1:{}", port)) {}

RawSocket::RawSocket(const std::string& address, int receive_buffer) : file_(-1) {
  const Address to = AddressOf(address);
  file_ = ::socket(to.any.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0)
    (void)::setsockopt(file_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  if (::connect(file_, reinterpret_cast<const sockaddr*>(&to.any), to.size) == 0) return;
  const int reason = errno;
  ::close(file_);
  throw std::runtime_error(fmt::format("connect to {}: {}", address, std::strerror(reason)));
}

RawSocket::RawSocket(const std::string& address, const TlsClient& tls)
    : RawSocket(address.starts_with(kTls) ? address.substr(kTls.size()) : address) {
  if (!address.starts_with(kTls)) return;
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  const std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context(::SSL_CTX_new(::TLS_client_method()),
                                                                    &::SSL_CTX_free);
  ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  ::SSL_CTX_load_verify_locations(context.get(), tls.ca_file.c_str(), nullptr);
  ::SSL_CTX_set_min_proto_version(context.get(), tls.version);
  ::SSL_CTX_set_max_proto_version(context.get(), tls.version);
  if (tls.version != 0) ::SSL_CTX_set_security_level(context.get(), 0);  // old versions are below others
  if (tls.has_small_records)
    ::SSL_CTX_set_tlsext_max_fragment_length(context.get(), TLSEXT_max_fragment_length_512);
  tls_.reset(::SSL_new(context.get()));
  // OpenSSL waits for a whole record, without a time limit; here it may wait for nothing, and MayGoOn waits.
  ::fcntl(file_, F_SETFL, ::fcntl(file_, F_GETFL) | O_NONBLOCK);
  ::SSL_set_fd(tls_.get(), file_);
  const auto deadline = Clock::now() + kPatience;
  int done = ::SSL_connect(tls_.get());
  while (done != 1 && MayGoOn(done, deadline) == Read::kBytes) done = ::SSL_connect(tls_.get());
  if (done != 1)  // the destructor closes the file: another constructor is done
    throw std::runtime_error(fmt::format("TLS with {}: {}", address, TlsReason()));
}

RawSocket::~RawSocket() {
  ::close(file_);
}

void RawSocket::FreeTls::operator()(ssl_st* tls) const {
  ::SSL_free(tls);
}

std::string RawSocket::PeerName() const {
  const X509* certificate = tls_ ? ::SSL_get0_peer_certificate(tls_.get()) : nullptr;
  if (certificate == nullptr) return "";
  char name[256] = "";
  ::X509_NAME_get_text_by_NID(::X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  return name;
}

void RawSocket::Send(std::string_view bytes) {
  if (tls_) {
    const auto deadline = Clock::now() + kPatience;
    for (;;) {
      ::ERR_clear_error();
      const int sent = ::SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
      if (sent > 0) return;
      if (MayGoOn(sent, deadline) != Read::kBytes) throw std::runtime_error("send by TLS: " + TlsReason());
    }
  }
  while (!bytes.empty()) {
    const ssize_t sent = ::send(file_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) throw std::runtime_error(fmt::format("send: {}", std::strerror(errno)));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool RawSocket::SendSome(std::string_view bytes) {
  const ssize_t sent = ::send(file_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent >= 0 || errno == EAGAIN;
}

void RawSocket::CloseSending() {
  if (tls_) ::SSL_shutdown(tls_.get());
  (void)::shutdown(file_, SHUT_WR);
}

std::string RawSocket::ReadUntil(std::string_view part, Milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  std::string text;
  while (text.find(part) == std::string::npos && ReadSome(text, TimeLeft(deadline)) == Read::kBytes) {
  }
  return text;
}

bool RawSocket::ReadMore(std::string& out, Milliseconds timeout) {
  return ReadSome(out, timeout) == Read::kBytes;
}

bool RawSocket::IsClosedByPeer(Milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  std::string dropped;
  for (;;) {
    const Read read = ReadSome(dropped, TimeLeft(deadline));
    if (read != Read::kBytes) return read == Read::kClosed;
  }
}

RawSocket::Read RawSocket::MayGoOn(int result, std::chrono::steady_clock::time_point deadline) const {
  const int reason = ::SSL_get_error(tls_.get(), result);
  if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE) return Read::kClosed;
  pollfd file = {file_, static_cast<short>(reason == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0};
  return ::poll(&file, 1, static_cast<int>(TimeLeft(deadline).count())) > 0 ? Read::kBytes : Read::kTimeout;
}

RawSocket::Read RawSocket::ReadByTls(std::string& out, Milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  char buffer[16384];
  for (;;) {
    ::ERR_clear_error();
    const int count = ::SSL_read(tls_.get(), buffer, sizeof buffer);
    if (count > 0) {
      out.append(buffer, static_cast<std::size_t>(count));
      return Read::kBytes;
    }
    if (const Read next = MayGoOn(count, deadline); next != Read::kBytes) return next;
  }
}

RawSocket::Read RawSocket::ReadSome(std::string& out, Milliseconds timeout) {
  if (tls_) return ReadByTls(out, timeout);
  pollfd file = {file_, POLLIN, 0};
  if (::poll(&file, 1, static_cast<int>(timeout.count())) <= 0) return Read::kTimeout;
  char buffer[16384];
  const ssize_t count = ::recv(file_, buffer, sizeof buffer, 0);
  if (count <= 0) return Read::kClosed;
  out.append(buffer, static_cast<std::size_t>(count));
  return Read::kBytes;
}

}  // namespace keymeter::testing
