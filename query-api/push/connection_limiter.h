#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "schema/mutex.h"

namespace keymeter::query_api {

/// How many WebSockets there may be, in all and from one address.
///
/// Addresses of this machine have no limit of their own: behind them stand proxies and tunnels, with many
/// clients each. Threads: any. Lifetime: seats may outlive it.
class ConnectionLimiter {
 public:
  /// Free again when the last copy of it goes.
  using Seat = std::shared_ptr<const void>;

  /// An address takes at most a quarter of them, but one.
  explicit ConnectionLimiter(std::size_t most);

  /// Null: there is none for this address.
  [[nodiscard]] Seat Take(std::string_view address);
  [[nodiscard]] std::size_t taken() const;

 private:
  struct Room {
    Mutex mutex;
    std::size_t taken = 0;  ///< protected by mutex, as is the next
    std::map<std::string, std::size_t, std::less<>> by_address;
  };

  const std::size_t most_;
  const std::size_t most_per_address_;
  const std::shared_ptr<Room> room_;
};

}  // namespace keymeter::query_api
