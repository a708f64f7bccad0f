#include "query-api/http/listen_address.h"

#include <arpa/inet.h>

#include "schema/host_port.h"

namespace keymeter::query_api {

Result<ListenAddress> ListenAddress::Parse(std::string_view text, std::string_view flag) {
  const auto refuse = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalid,
                "{} {}: {}; it takes HOST:PORT with an IPv4 address, like 127.0.0.1:8787", flag, text, why);
  };
  const auto parts = SplitHostPort(text);
  if (!parts || !parts->port) return refuse("no port");
  if (parts->host.find(':') != std::string_view::npos) return refuse("IPv6 is not supported");
  ListenAddress address;
  address.host = parts->host == "localhost" ? "127.0.0.1" : std::string(parts->host);
  in_addr parsed{};
  if (inet_pton(AF_INET, address.host.c_str(), &parsed) != 1) return refuse("no IPv4 address");
  const auto port = ParsePort(*parts->port);
  if (!port) return refuse("the port is no number from 0 to 65535");
  address.port = *port;
  return address;
}

bool ListenAddress::IsLoopback() const {
  return host.starts_with("127.");
}

std::string ListenAddress::ToString() const {
  return JoinHostPort(host, port);
}

}  // namespace keymeter::query_api
