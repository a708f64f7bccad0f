#include "query-api/push/connection_limiter.h"

#include <algorithm>

#include "query-api/http/this_machine.h"

namespace keymeter::query_api {

ConnectionLimiter::ConnectionLimiter(std::size_t most)
    : most_(most),
      most_per_address_(std::max<std::size_t>(most / 4, 1)),
      counts_(std::make_shared<Counts>()) {}

ConnectionLimiter::Slot ConnectionLimiter::Acquire(std::string_view address) {
  Counts& counts = *counts_;
  const MutexLock lock(counts.mutex);
  if (counts.in_use >= most_) return nullptr;
  const auto of_address = counts.by_address.try_emplace(std::string(address), 0).first;
  if (!IsThisMachine(address) && of_address->second >= most_per_address_) return nullptr;
  ++of_address->second;
  ++counts.in_use;
  return {&of_address->second, [shared = counts_, at = std::string(address)](const void*) {
            Counts& left = *shared;
            const MutexLock left_lock(left.mutex);
            --left.in_use;
            const auto found = left.by_address.find(at);
            if (--found->second == 0) left.by_address.erase(found);
          }};
}

std::size_t ConnectionLimiter::in_use() const {
  Counts& counts = *counts_;
  const MutexLock lock(counts.mutex);
  return counts.in_use;
}

}  // namespace keymeter::query_api
