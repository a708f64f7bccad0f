#include "query-api/socket.h"

#include <cerrno>
#include <cstring>
#include <optional>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace keymeter::query_api {

namespace {

/// Files beyond this number are not looked at: the limit of open files may be a billion.
constexpr int kMaxFiles = 65'536;

using NameOf = int (*)(int, sockaddr*, socklen_t*);

std::optional<sockaddr_in> EndOf(int file, NameOf name_of) {
  sockaddr_in end{};
  socklen_t size = sizeof end;
  if (name_of(file, reinterpret_cast<sockaddr*>(&end), &size) != 0 || end.sin_family != AF_INET)
    return std::nullopt;
  return end;
}

bool IsConnection(int file, const in_addr& peer, const TcpEnds& ends) {
  const auto other = EndOf(file, ::getpeername);
  if (!other || other->sin_addr.s_addr != peer.s_addr || ntohs(other->sin_port) != ends.peer_port)
    return false;
  const auto own = EndOf(file, ::getsockname);
  return own && ntohs(own->sin_port) == ends.own_port;
}

/// civetweb 1.15 tells no callback which file a connection is, but does tell both its ends.
Result<int> FindFile(const TcpEnds& ends) {
  in_addr peer{};
  if (::inet_pton(AF_INET, ends.peer_address.c_str(), &peer) != 1)
    return Fail(ErrorCode::kInternal, "the peer's address is no IPv4 address");
  rlimit limit{};
  const bool has_limit = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < kMaxFiles;
  const int end = has_limit ? static_cast<int>(limit.rlim_cur) : kMaxFiles;
  for (int file = 0; file < end; ++file)
    if (IsConnection(file, peer, ends)) return file;
  return Fail(ErrorCode::kInternal, "no file is this connection");
}

}  // namespace

Socket::~Socket() {
  if (IsOpen()) ::close(file_);
}

Result<Socket> TakeSocketAway(const TcpEnds& ends) {
  const auto held = FindFile(ends);
  if (!held) return Fail(held.error());
  Socket taken(::fcntl(*held, F_DUPFD_CLOEXEC, 0));
  int pair[2] = {-1, -1};
  if (!taken.IsOpen() || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return Fail(ErrorCode::kUnavailable, "take a connection over: {}", std::strerror(errno));
  const Socket stand_in(pair[0]);
  const Socket gone(pair[1]);
  if (::dup3(stand_in.file(), *held, O_CLOEXEC) < 0)
    return Fail(ErrorCode::kUnavailable, "take a connection over: {}", std::strerror(errno));
  return taken;
}

}  // namespace keymeter::query_api
