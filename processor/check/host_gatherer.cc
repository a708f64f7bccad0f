#include "processor/check/host_gatherer.h"

#include <cerrno>

#include <event2/util.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "processor/config_file.h"

namespace keymeter::check {

namespace {

bool IsLoopback(const sockaddr_storage& address) {
  constexpr std::uint32_t kLoopbackNet = 127;
  if (address.ss_family != AF_INET) return false;
  return ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr) >> 24U == kLoopbackNet;
}

/// 0, or why the address cannot be had. SO_REUSEADDR, as every server sets: connections that have ended do
/// not count.
int TryBind(const sockaddr_storage& address, socklen_t size) {
  const int file = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (file < 0) return errno;
  const int on = 1;
  ::setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const int problem = ::bind(file, reinterpret_cast<const sockaddr*>(&address), size) == 0 ? 0 : errno;
  ::close(file);
  return problem;
}

ListenFacts LookAtListener(const std::string& setting, const std::string& text) {
  ListenFacts facts;
  facts.setting = setting;
  facts.address = text;
  const std::string numeric =
      text.starts_with("localhost:") ? "127.0.0.1" + text.substr(text.find(':')) : text;
  sockaddr_storage address{};
  int size = sizeof address;
  const bool has_port = numeric.find(':') != std::string::npos;
  if (!has_port ||
      evutil_parse_sockaddr_port(numeric.c_str(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    facts.invalid = Error{
        ErrorCode::kInvalid,
        fmt::format("--{}: '{}' is no address: write HOST:PORT, such as 127.0.0.1:8787", setting, text)};
    return facts;
  }
  facts.is_loopback = IsLoopback(address);
  facts.bind_errno = TryBind(address, static_cast<socklen_t>(size));
  return facts;
}

}  // namespace

HostFacts GatherHost(const processor::Options& options, const Clock& clock) {
  HostFacts facts;
  facts.now_ms = clock.WallMs();
  facts.listeners = {LookAtListener("listen", options.listen),
                     LookAtListener("probe-listen", options.probe_listen)};
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    facts.most_open_files = static_cast<std::int64_t>(limit.rlim_cur);
  const std::string& key = options.redis.tls.key_file;
  facts.is_tls_key_for_everybody = !key.empty() && processor::IsReadableByEverybody(key);
  return facts;
}

}  // namespace keymeter::check
