#include "benchmarks/program/hostile_bench/idle_clients.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace keymeter {

namespace {

constexpr int kRefusalsInARow = 10;
constexpr std::string_view kRequest = "GET /api/apikeys/key-1 HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A connection that was answered once; -1 when it was not within a second.
int Answered(int port) {
  const int file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval second{.tv_sec = 1, .tv_usec = 0};
  (void)::setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
  (void)::setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::array<char, 16384> answer{};
  if (::connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      ::send(file, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) > 0 &&
      ::recv(file, answer.data(), answer.size(), 0) > 0)
    return file;
  ::close(file);
  return -1;
}

bool IsOpen(int file) {
  std::array<char, 16384> rest{};
  ssize_t count = 0;
  do count = ::recv(file, rest.data(), rest.size(), MSG_DONTWAIT);
  while (count > 0);
  return count < 0 && errno == EAGAIN;
}

}  // namespace

IdleClients::IdleClients(int port, std::size_t count) {
  for (int refused = 0; files_.size() < count && refused < kRefusalsInARow;) {
    const int file = Answered(port);
    refused = file < 0 ? refused + 1 : 0;
    if (file >= 0) files_.push_back(file);
  }
}

IdleClients::~IdleClients() {
  for (const int file : files_) ::close(file);
}

std::size_t IdleClients::open() const {
  return static_cast<std::size_t>(std::ranges::count_if(files_, IsOpen));
}

}  // namespace keymeter
