#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "processor/redis/redis_url.h"
#include "schema/error.h"
#include "schema/event_loop.h"

namespace keymeter::processor {

/// An address that a socket can connect to.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] std::string Display() const;  ///< "10.0.0.1:6379", "[::1]:6379" or the socket's path
};

/// Looks up the addresses of a Redis URL, best first, without blocking the loop.
///
/// Only the system's own look-up obeys all settings (hosts file, DNS, whatever nsswitch.conf names), and it
/// blocks: so it runs on a thread. A numeric address or a socket's path needs no look-up, and no thread.
/// Threads: loop thread, and one of its own while it looks a name up.
/// Lifetime: may end during a look-up, whose thread then ends by itself. Bounds: one look-up at a time; a
/// Start during one waits for its answer.
class AddressLookup {
 public:
  using Answer = Result<std::vector<SocketAddress>>;

  AddressLookup(const EventLoop& loop, RedisUrl url, std::function<void(const Answer&)> on_answer);
  ~AddressLookup();
  AddressLookup(const AddressLookup&) = delete;
  AddressLookup& operator=(const AddressLookup&) = delete;

  void Start();   ///< on_answer is called later, never during the call
  void Cancel();  ///< on_answer is not called

 private:
  struct Shared;

  void OnWake();

  const EventLoop& loop_;
  const RedisUrl url_;
  const std::function<void(const Answer&)> on_answer_;
  Wakeup wakeup_;
  bool is_wanted_ = false;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace keymeter::processor
