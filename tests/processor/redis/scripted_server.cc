#include "tests/processor/redis/scripted_server.h"

#include <stdexcept>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace keymeter::testing {

ScriptedServer::ScriptedServer() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 1) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("cannot listen");
  port_ = ntohs(address.sin_port);
}

ScriptedServer::~ScriptedServer() {
  Close();
  ::close(listener_);
}

const std::string& ScriptedServer::Heard() {
  if (client_ < 0) client_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  char buffer[4096];
  for (ssize_t count = 1; client_ >= 0 && count > 0;) {
    count = ::recv(client_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count > 0) heard_.append(buffer, static_cast<std::size_t>(count));
  }
  return heard_;
}

std::vector<std::string> ScriptedServer::Nonces() {
  constexpr std::string_view kPing = "*2\r\n$4\r\nPING\r\n$32\r\n";
  constexpr std::size_t kDigits = 32;
  std::vector<std::string> nonces;
  const std::string& heard = Heard();
  for (std::size_t at = heard.find(kPing); at != std::string::npos; at = heard.find(kPing, at + 1))
    if (heard.size() >= at + kPing.size() + kDigits + 2)
      nonces.push_back(heard.substr(at + kPing.size(), kDigits));
  return nonces;
}

void ScriptedServer::Say(std::string_view bytes) {
  if (::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("cannot send");
}

void ScriptedServer::Close() {
  if (client_ >= 0) ::close(client_);
  client_ = -1;
}

std::string BulkText(std::string_view text) {
  return fmt::format("${}\r\n{}\r\n", text.size(), text);
}

}  // namespace keymeter::testing
