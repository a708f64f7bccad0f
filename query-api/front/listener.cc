#include "query-api/front/listener.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "schema/log.h"

namespace keymeter::query_api {

namespace {

constexpr int kBacklog = 4096;
constexpr mode_t kSocketMode = 0660;
constexpr std::int64_t kRetryMs = 100;
constexpr std::int64_t kWarnMs = 60'000;  ///< between two warnings

struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }
};

SocketAddress UnixAddressOf(const std::string& path) {
  SocketAddress made;
  auto& address = reinterpret_cast<sockaddr_un&>(made.bytes);
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  made.size = sizeof address;
  return made;
}

SocketAddress SocketAddressOf(const ListenAddress& listen) {
  if (listen.IsUnix()) return UnixAddressOf(listen.unix_path);
  SocketAddress made;
  auto& v4 = reinterpret_cast<sockaddr_in&>(made.bytes);
  if (::inet_pton(AF_INET, listen.host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(listen.port);
    made.size = sizeof v4;
    return made;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(made.bytes);
  (void)::inet_pton(AF_INET6, listen.host.c_str(), &v6.sin6_addr);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(listen.port);
  made.size = sizeof v6;
  return made;
}

std::string PeerOf(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.sa_family == AF_INET)
    return ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text.data(),
                       text.size());
  if (address.sa_family != AF_INET6) return std::string(kUnixPeer);
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return ::inet_ntop(AF_INET, &v6.s6_addr[12], text.data(), text.size());
  return ::inet_ntop(AF_INET6, &v6, text.data(), text.size());
}

std::uint16_t PortOf(int socket) {
  sockaddr_storage bytes{};
  socklen_t size = sizeof bytes;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&bytes), &size) != 0) return 0;
  // The port stands at the same place in both families.
  return ntohs(reinterpret_cast<const sockaddr_in&>(bytes).sin_port);
}

/// 0: there is no socket at the path.
std::uint64_t InodeOf(const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode) ? found.st_ino : 0;
}

/// Removes what a dead process left at the path. What somebody listens on, and what is no socket, stays.
void RemoveDeadSocket(const std::string& path) {
  if (InodeOf(path) == 0) return;
  const FileDescriptor knock(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const SocketAddress address = UnixAddressOf(path);
  if (::connect(knock.number(), address.get(), address.size) != 0 && errno == ECONNREFUSED)
    ::unlink(path.c_str());
}

tl::unexpected<Error> CannotListen(const ListenAddress& address, std::string_view flag, int reason) {
  std::string remedy = fmt::format("name another with {}", flag);
  if (reason == EADDRINUSE)
    remedy = fmt::format("stop what listens there, or name another with {}{}", flag,
                         address.IsUnix() ? " (a file that is no socket stays)" : "");
  if (reason == EACCES)
    remedy = "let this user listen there: ports below 1024 and directories of others are closed";
  if (reason == EADDRNOTAVAIL) remedy = fmt::format("name an address of this machine with {}", flag);
  if (reason == ENOENT || reason == ENOTDIR) remedy = "make its directory";
  return Fail(MakeError(ErrorCode::kRefused, "{} {}: {}", flag, address.ToString(), std::strerror(reason))
                  .Remedy(remedy));
}

/// Bound, and of a unix socket with its mode: nobody can connect before it listens.
bool Bind(const FileDescriptor& socket, const ListenAddress& listen) {
  const int on = 1;
  const SocketAddress address = SocketAddressOf(listen);
  if (listen.IsUnix()) {
    RemoveDeadSocket(listen.unix_path);
  } else {
    ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // its connections inherit it
    const int off = 0;
    if (address.bytes.ss_family == AF_INET6)  // [::] takes IPv4 too, whatever the machine's default is
      ::setsockopt(socket.number(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (::bind(socket.number(), address.get(), address.size) != 0) return false;
  return !listen.IsUnix() || ::chmod(listen.unix_path.c_str(), kSocketMode) == 0;
}

void AcceptOne(evconnlistener* /*listener*/, evutil_socket_t socket, sockaddr* address, int /*size*/,
               void* self) {
  static_cast<const Listener*>(self)->Take(FileDescriptor(socket), *address);
}

void AcceptFailed(evconnlistener* /*listener*/, void* self) {
  static_cast<Listener*>(self)->CannotAccept();
}

}  // namespace

Listener::Listener(const EventLoop& loop, const Clock& clock, const ListenAddress& address,
                   OnAccept on_accept)
    : loop_(loop),
      clock_(clock),
      address_(address),
      on_accept_(std::move(on_accept)),
      warned_ms_(clock.MonotonicMs() - kWarnMs),
      retry_(loop, [this] {
        has_failed_ = false;
        Apply();
      }) {}

Result<std::unique_ptr<Listener>> Listener::Open(const EventLoop& loop, const Clock& clock,
                                                 const ListenAddress& address, std::string_view flag,
                                                 OnAccept on_accept) {
  std::unique_ptr<Listener> listener(new Listener(loop, clock, address, std::move(on_accept)));
  const int family = SocketAddressOf(address).bytes.ss_family;
  FileDescriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.IsOpen() || !Bind(socket, address)) return CannotListen(address, flag, errno);
  if (address.IsUnix()) listener->inode_ = InodeOf(address.unix_path);
  if (!listener->Listen(std::move(socket))) return CannotListen(address, flag, errno);
  return listener;
}

/// False: see errno.
bool Listener::Listen(FileDescriptor socket) {
  if (!address_.IsUnix()) address_.port = PortOf(socket.number());
  constexpr unsigned kFlags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC;
  listener_.reset(evconnlistener_new(loop_.base(), AcceptOne, this, kFlags, kBacklog, socket.number()));
  if (!listener_) return false;
  (void)socket.Release();  // it is the listener's now
  evconnlistener_set_error_cb(listener_.get(), AcceptFailed);
  return true;
}

Listener::~Listener() {
  listener_.reset();
  if (inode_ != 0 && InodeOf(address_.unix_path) == inode_) ::unlink(address_.unix_path.c_str());
}

void Listener::Pause(bool pauses) {
  if (std::exchange(pauses_, pauses) != pauses) Apply();
}

void Listener::Apply() {
  if (pauses_ || has_failed_)
    evconnlistener_disable(listener_.get());
  else
    evconnlistener_enable(listener_.get());
}

void Listener::Take(FileDescriptor socket, const sockaddr& peer) const {
  try {
    on_accept_({std::move(socket), PeerOf(peer), address_.is_tls});
  } catch (const std::exception& failure) {  // not through libevent's frames: the socket closes
    log::Fault("connection not accepted", {{"reason", failure.what()}});
  }
}

/// Else the loop would spin: what cannot be accepted stays ready.
void Listener::CannotAccept() {
  const int reason = errno;
  if (const std::int64_t now_ms = clock_.MonotonicMs(); now_ms - warned_ms_ >= kWarnMs) {
    warned_ms_ = now_ms;
    log::Warn("connections not accepted",
              {{"reason", std::strerror(reason)}, {"address", address_.ToString()}});
  }
  has_failed_ = true;
  Apply();
  retry_.StartIn(kRetryMs);
}

}  // namespace keymeter::query_api
