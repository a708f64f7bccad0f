#include "processor/check/host_gatherer.h"

#include <cerrno>
#include <memory>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "processor/config/config_file.h"
#include "schema/file_descriptor.h"
#include "schema/host_port.h"

namespace keymeter::check {

namespace {

bool IsLoopback(const addrinfo& address) {
  constexpr std::uint32_t kLoopbackNet = 127;
  return ntohl(reinterpret_cast<const sockaddr_in*>(address.ai_addr)->sin_addr.s_addr) >> 24U == kLoopbackNet;
}

/// Binds the address for a moment: 0, or the errno. With SO_REUSEADDR, as every server has it, so that ended
/// connections do not count.
int TryBind(const addrinfo& address) {
  const FileDescriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.IsOpen()) return errno;
  const int on = 1;
  ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return ::bind(socket.number(), address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
}

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { ::freeaddrinfo(addresses); }
};

/// Parses HOST:PORT with a numeric host or localhost, as the listeners do.
std::unique_ptr<addrinfo, FreeAddresses> ParseAddress(const std::string& text) {
  const auto parts = SplitHostPort(text);
  if (!parts || parts->host.empty() || !ParsePort(parts->port.value_or(""))) return nullptr;
  const std::string host(parts->host == "localhost" ? "127.0.0.1" : parts->host);
  const std::string port(*parts->port);
  addrinfo wanted{};
  wanted.ai_family = AF_INET;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), port.c_str(), &wanted, &found) != 0) return nullptr;
  return std::unique_ptr<addrinfo, FreeAddresses>(found);
}

ListenFacts LookAtListener(const std::string& setting, const std::string& text) {
  ListenFacts facts;
  facts.setting = setting;
  facts.address = text;
  if (const auto address = ParseAddress(text)) {
    facts.is_loopback = IsLoopback(*address);
    facts.bind_errno = TryBind(*address);
  } else {
    facts.invalid = MakeError(ErrorCode::kInvalid, "--{}: '{}' is no address", setting, text)
                        .Remedy("write HOST:PORT, such as 127.0.0.1:8787");
  }
  return facts;
}

}  // namespace

HostFacts GatherHost(const processor::Options& options, const Clock& clock) {
  HostFacts facts;
  facts.now_ms = clock.WallMs();
  facts.listeners = {LookAtListener("listen", options.api.listen),
                     LookAtListener("probe-listen", options.api.probe_listen)};
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    facts.most_open_files = static_cast<std::int64_t>(limit.rlim_cur);
  const std::string& key = options.processor.redis.tls.key_file;
  facts.is_tls_key_for_everybody = !key.empty() && processor::IsReadableByEverybody(key);
  return facts;
}

}  // namespace keymeter::check
