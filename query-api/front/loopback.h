#pragma once

#include <cstdint>

#include <netinet/in.h>

namespace keymeter::query_api {

/// 127.0.0.1 at a port, for bind and connect. Tested by tests/query-api/front/inner_line_test.cc.
[[nodiscard]] inline sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace keymeter::query_api
