#include "query-api/http/socket_lookup.h"

#include <charconv>
#include <cstring>
#include <memory>
#include <optional>

#include <arpa/inet.h>
#include <dirent.h>
#include <sys/socket.h>

namespace keymeter::query_api {

namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

void ForEachOpenFile(const std::function<void(int)>& found) {
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir("/proc/self/fd"));
  if (!directory) return;
  while (const dirent* entry = ::readdir(directory.get())) {
    int file = -1;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, file).ptr == end) found(file);
  }
}

using NameFunction = int (*)(int, sockaddr*, socklen_t*);

std::optional<sockaddr_in> NameOf(int file, NameFunction get_name) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  if (get_name(file, reinterpret_cast<sockaddr*>(&storage), &size) != 0 || storage.ss_family != AF_INET)
    return std::nullopt;
  sockaddr_in name{};
  std::memcpy(&name, &storage, sizeof(name));
  return name;
}

bool IsAt(int file, const ListenAddress& at) {
  const auto name = NameOf(file, ::getsockname);
  if (!name || ntohs(name->sin_port) != at.port) return false;
  in_addr address{};
  return at.IsEverywhere() ||
         (inet_pton(AF_INET, at.host.c_str(), &address) == 1 && address.s_addr == name->sin_addr.s_addr);
}

bool IsListening(int file) {
  int listens = 0;
  socklen_t size = sizeof(listens);
  return ::getsockopt(file, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
}

}  // namespace

void ForEachAccepted(const ListenAddress& at, const std::function<void(const AcceptedSocket&)>& found) {
  ForEachOpenFile([&](int file) {
    if (!IsAt(file, at)) return;
    if (const auto peer = NameOf(file, ::getpeername))
      found({file, {peer->sin_addr.s_addr, ntohs(peer->sin_port)}});
  });
}

int FindListening(const ListenAddress& at) {
  int found = -1;
  ForEachOpenFile([&](int file) {
    if (IsAt(file, at) && IsListening(file)) found = file;
  });
  return found;
}

}  // namespace keymeter::query_api
