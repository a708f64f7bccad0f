#include "processor/check/host_gatherer.h"

#include <cerrno>
#include <filesystem>
#include <memory>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "processor/config/config_file.h"
#include "schema/file_descriptor.h"

namespace keymeter::check {

namespace {

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { ::freeaddrinfo(addresses); }
};

/// Null when the host is not numeric.
std::unique_ptr<addrinfo, FreeAddresses> AddressOf(const ListenFacts& listener) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(listener.host.c_str(), std::to_string(listener.port).c_str(), &wanted, &found) != 0)
    return nullptr;
  return std::unique_ptr<addrinfo, FreeAddresses>(found);
}

/// Binds the address for a moment: 0, or the errno. With SO_REUSEADDR, as every server has it, so that ended
/// connections do not count; [::] with IPv4, as our listeners have it.
int TryBind(const ListenFacts& listener) {
  const auto address = AddressOf(listener);
  if (!address) return EADDRNOTAVAIL;
  const FileDescriptor socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.IsOpen()) return errno;
  const int on = 1;
  const int off = 0;
  ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address->ai_family == AF_INET6)
    ::setsockopt(socket.number(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  return ::bind(socket.number(), address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
}

/// Whether somebody answers on the unix socket; what a dead process left refuses.
bool IsAnswered(const std::string& path) {
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
         errno != ECONNREFUSED;
}

std::string DirectoryOf(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

int TryUnixPath(const std::string& path) {
  const std::string directory = DirectoryOf(path);
  struct stat found {};
  if (::stat(directory.c_str(), &found) != 0) return errno;
  if (!S_ISDIR(found.st_mode)) return ENOTDIR;
  if (::access(directory.c_str(), W_OK | X_OK) != 0) return errno;
  if (::lstat(path.c_str(), &found) != 0) return errno == ENOENT ? 0 : errno;
  if (!S_ISSOCK(found.st_mode)) return EEXIST;
  return IsAnswered(path) ? EADDRINUSE : 0;
}

bool IsWritableByEverybody(const std::string& directory) {
  struct stat found {};
  return ::stat(directory.c_str(), &found) == 0 && (found.st_mode & S_IWOTH) != 0;
}

void Try(ListenFacts& listener) {
  if (listener.invalid) return;
  if (listener.unix_path.empty()) {
    listener.bind_errno = TryBind(listener);
    return;
  }
  listener.bind_errno = TryUnixPath(listener.unix_path);
  listener.is_directory_for_everybody = IsWritableByEverybody(DirectoryOf(listener.unix_path));
}

}  // namespace

HostFacts GatherHost(const processor::Options& options, std::vector<ListenFacts> listeners,
                     const Clock& clock) {
  HostFacts facts;
  facts.now_ms = clock.WallMs();
  facts.listeners = std::move(listeners);
  for (ListenFacts& listener : facts.listeners) Try(listener);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    facts.most_open_files = static_cast<std::int64_t>(limit.rlim_cur);
  const std::string& key = options.processor.redis.tls.key_file;
  facts.is_tls_key_for_everybody = !key.empty() && processor::IsReadableByEverybody(key);
  return facts;
}

}  // namespace keymeter::check
