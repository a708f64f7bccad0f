#include "query-api/http/listen_address.h"

#include <algorithm>
#include <array>
#include <optional>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "query-api/http/this_machine.h"
#include "schema/host_port.h"

namespace keymeter::query_api {

namespace {

constexpr std::string_view kTls = "tls://";
constexpr std::string_view kUnix = "unix:";
constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;  ///< 107, and the zero at its end

std::optional<std::string> CanonicalIpv4(const std::string& host) {
  in_addr parsed{};
  if (::inet_pton(AF_INET, host.c_str(), &parsed) != 1) return std::nullopt;
  return host;
}

/// An IPv4 address that is written as IPv6 (::ffff:127.0.0.1) is that IPv4 address.
std::optional<std::string> CanonicalIpv6(const std::string& host) {
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, host.c_str(), &parsed) != 1) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (IN6_IS_ADDR_V4MAPPED(&parsed))
    return ::inet_ntop(AF_INET, &parsed.s6_addr[12], text.data(), text.size());
  return ::inet_ntop(AF_INET6, &parsed, text.data(), text.size());
}

/// The problem with the path; "" when there is none.
std::string_view ProblemOfPath(std::string_view path) {
  if (!path.starts_with('/')) return "the path of a unix socket begins with /";
  if (path.ends_with('/')) return "the path of a unix socket names a file";
  if (path.size() > kLongestPath) return "the path of a unix socket has at most 107 bytes";
  if (path.find('\0') != std::string_view::npos) return "the path of a unix socket has no zero byte";
  return "";
}

/// The problem with HOST:PORT; "" when there is none, and `address` has both.
std::string_view ReadHostPort(std::string_view text, ListenAddress& address) {
  const auto parts = SplitHostPort(text);
  if (!parts || !parts->port) return "no port";
  const std::string host(parts->host == "localhost" && !parts->is_bracketed ? "127.0.0.1" : parts->host);
  if (host.find(':') != std::string::npos && !parts->is_bracketed)
    return "an IPv6 address stands in brackets";
  if (host.find('\0') != std::string::npos) return "no numeric address";
  auto canonical = parts->is_bracketed ? CanonicalIpv6(host) : CanonicalIpv4(host);
  if (!canonical) return "no numeric address";
  const auto port = ParsePort(*parts->port);
  if (!port) return "the port is no number from 0 to 65535";
  address.host = *std::move(canonical);
  address.port = *port;
  return "";
}

/// Whether a listener on `a` gets the connections to `b`. Port 0 is another one each time.
bool Takes(const ListenAddress& a, const ListenAddress& b) {
  if (a.IsUnix() || b.IsUnix()) return a.unix_path == b.unix_path;
  const bool is_b_ipv4 = b.host.find(':') == std::string::npos;
  const bool takes_host = a.host == b.host || a.host == "::" || (a.host == "0.0.0.0" && is_b_ipv4);
  return takes_host && a.port == b.port && a.port != 0;
}

}  // namespace

Result<ListenAddress> ListenAddress::Parse(std::string_view text, std::string_view flag) {
  ListenAddress address;
  std::string_view problem;
  if (text.starts_with(kUnix)) {
    address.unix_path = text.substr(kUnix.size());
    problem = ProblemOfPath(address.unix_path);
  } else if (text.find("://") != std::string_view::npos && !text.starts_with(kTls)) {
    problem = "HTTP goes without a prefix, and HTTPS is tls://";
  } else {
    address.is_tls = text.starts_with(kTls);
    problem = ReadHostPort(text.substr(address.is_tls ? kTls.size() : 0), address);
  }
  if (problem.empty()) return address;
  return Fail(MakeError(ErrorCode::kInvalid, "{} {}: {}", flag, text, problem)
                  .Remedy("it takes HOST:PORT with a numeric host, such as 127.0.0.1:8787 or [::1]:8787, "
                          "tls://HOST:PORT, or unix:/PATH"));
}

Result<ListenAddress> ListenAddress::ParseWithoutTls(std::string_view text, std::string_view flag) {
  auto address = Parse(text, flag);
  if (address && address->is_tls)
    return Fail(MakeError(ErrorCode::kInvalid, "{} {}: speaks no TLS", flag, text)
                    .Remedy("it takes HOST:PORT or unix:/PATH"));
  return address;
}

bool ListenAddress::IsLoopback() const {
  return IsUnix() || IsThisMachine(host);
}

std::string ListenAddress::ToString() const {
  if (IsUnix()) return std::string(kUnix) + unix_path;
  return (is_tls ? std::string(kTls) : "") + JoinHostPort(host, port);
}

Result<std::vector<ListenAddress>> ParseListenAddresses(const std::vector<std::string>& texts,
                                                        std::string_view flag) {
  std::vector<ListenAddress> addresses;
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(auto address, ListenAddress::Parse(text, flag));
    const auto same = std::find_if(addresses.begin(), addresses.end(), [&](const ListenAddress& other) {
      return Takes(address, other) || Takes(other, address);
    });
    if (same != addresses.end())
      return Fail(MakeError(ErrorCode::kInvalid, "{} {}: {} is there already", flag, text, same->ToString())
                      .Remedy("name each address once, HTTP and HTTPS with a port each; 0.0.0.0 takes all of "
                              "IPv4, [::] IPv6 and IPv4"));
    addresses.push_back(std::move(address));
  }
  return addresses;
}

}  // namespace keymeter::query_api
