#include "processor/redis/address_lookup.h"

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>
#include <sys/un.h>

#include "schema/mutex.h"

namespace keymeter::processor {

namespace {

using Addresses = std::vector<SocketAddress>;

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

SocketAddress AddressOfPath(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  SocketAddress result;
  std::memcpy(&result.storage, &address, sizeof address);
  result.size = sizeof address;
  return result;
}

/// Blocks while a name is looked up, unless `flags` say AI_NUMERICHOST.
Result<Addresses> AddressesOf(const RedisUrl& url, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* raw = nullptr;
  const int code = getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &hints, &raw);
  const std::unique_ptr<addrinfo, FreeAddresses> list(raw);
  if (code != 0)
    return Fail(MakeError(ErrorCode::kUnavailable, "look up the host '{}': {}", url.host,
                          code == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(code))
                    .Because(ErrorReason::kCannotConnect)
                    .Remedy("check the host of --redis"));
  Addresses addresses;
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    SocketAddress& address = addresses.emplace_back();
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
  }
  return addresses;
}

}  // namespace

std::string SocketAddress::Display() const {
  if (storage.ss_family == AF_UNIX) {
    sockaddr_un address{};
    std::memcpy(&address, &storage, sizeof address);
    return address.sun_path;
  }
  char host[NI_MAXHOST] = "?";
  char port[NI_MAXSERV] = "?";
  getnameinfo(reinterpret_cast<const sockaddr*>(&storage), size, host, sizeof host, port, sizeof port,
              NI_NUMERICHOST | NI_NUMERICSERV);
  return storage.ss_family == AF_INET6 ? fmt::format("[{}]:{}", host, port)
                                       : fmt::format("{}:{}", host, port);
}

/// What the loop thread and the look-up's thread share.
struct AddressLookup::Shared {
  explicit Shared(Wakeup& wakeup) : owner(&wakeup) {}

  Mutex mutex;
  Wakeup* owner GUARDED_BY(mutex);  ///< null once the AddressLookup is gone
  bool is_running GUARDED_BY(mutex) = false;
  std::optional<Answer> answer GUARDED_BY(mutex);

  void Tell(Answer found) EXCLUDES(mutex) {
    const MutexLock lock(mutex);
    is_running = false;
    answer = std::move(found);
    if (owner != nullptr) owner->Wake();
  }
};

AddressLookup::AddressLookup(const EventLoop& loop, RedisUrl url,
                             std::function<void(const Answer&)> on_answer)
    : loop_(loop),
      url_(std::move(url)),
      on_answer_(std::move(on_answer)),
      wakeup_(loop, [this] { OnWake(); }),
      shared_(std::make_shared<Shared>(wakeup_)) {}

AddressLookup::~AddressLookup() {
  const MutexLock lock(shared_->mutex);
  shared_->owner = nullptr;
}

void AddressLookup::Start() {
  loop_.AssertInLoopThread("AddressLookup::Start");
  is_wanted_ = true;
  if (url_.transport == RedisUrl::Transport::kUnix)
    return shared_->Tell(std::vector{AddressOfPath(url_.path)});
  if (auto numeric = AddressesOf(url_, AI_NUMERICHOST)) return shared_->Tell(std::move(numeric));
  {
    const MutexLock lock(shared_->mutex);
    if (std::exchange(shared_->is_running, true)) return;
    shared_->answer.reset();
  }
  try {
    std::thread([shared = shared_, url = url_] { shared->Tell(AddressesOf(url, 0)); }).detach();
  } catch (const std::system_error& error) {
    shared_->Tell(
        Fail(MakeError(ErrorCode::kUnavailable, "look up the host '{}': {}", url_.host, error.what())
                 .Because(ErrorReason::kCannotConnect)));
  }
}

void AddressLookup::Cancel() {
  is_wanted_ = false;
}

void AddressLookup::OnWake() {
  std::optional<Answer> answer;
  {
    const MutexLock lock(shared_->mutex);
    answer.swap(shared_->answer);
  }
  if (answer && std::exchange(is_wanted_, false)) on_answer_(*answer);
}

}  // namespace keymeter::processor
