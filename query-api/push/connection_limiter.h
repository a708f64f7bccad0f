#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "schema/mutex.h"

namespace keymeter::query_api {

/// Limits how many WebSockets are open, in all and from one address.
///
/// Addresses of this machine (IsThisMachine) have no limit of their own: proxies and tunnels run there, with
/// many clients each. Not for requests: the front has its own limits (see ConnectionLimits).
/// Threads: any. Lifetime: slots may outlive it. Bounds: `most` slots.
class ConnectionLimiter {
 public:
  /// Permission for one connection. It ends with the last copy of the pointer.
  using Slot = std::shared_ptr<const void>;

  /// One address gets at most a quarter of `most`, and at least one.
  explicit ConnectionLimiter(std::size_t most);

  /// Null when there are too many already, in all or from this address.
  [[nodiscard]] Slot Acquire(std::string_view address);
  [[nodiscard]] std::size_t in_use() const;

 private:
  struct Counts {
    Mutex mutex;
    std::size_t in_use GUARDED_BY(mutex) = 0;
    std::map<std::string, std::size_t, std::less<>> by_address GUARDED_BY(mutex);
  };

  const std::size_t most_;
  const std::size_t most_per_address_;
  const std::shared_ptr<Counts> counts_;
};

}  // namespace keymeter::query_api
