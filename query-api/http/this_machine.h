#pragma once

#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "query-api/http/http_types.h"

namespace keymeter::query_api {

/// Whether a client's address is one of this machine: loopback (IPv4, also written as IPv6, or IPv6), or
/// kUnixPeer. Proxies and tunnels run there, with many clients each, so such an address is no single client.
/// Tested by tests/query-api/http/this_machine_test.cc.
[[nodiscard]] inline bool IsThisMachine(std::string_view address) {
  if (address == kUnixPeer) return true;
  const std::string terminated(address);
  if (terminated.find('\0') != std::string::npos) return false;
  in_addr v4{};
  if (::inet_pton(AF_INET, terminated.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, terminated.c_str(), &v6) != 1) return false;
  return IN6_IS_ADDR_V4MAPPED(&v6) ? v6.s6_addr[12] == IN_LOOPBACKNET : IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace keymeter::query_api
