#include "tests/support/ipv6.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "schema/file_descriptor.h"

namespace keymeter::testing {

bool HasIpv6() {
  const FileDescriptor file(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  return ::bind(file.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace keymeter::testing
