#include "query-api/push/connection_limiter.h"

#include <algorithm>

#include "schema/mutex.h"

namespace keymeter::query_api {

ConnectionLimiter::ConnectionLimiter(std::size_t most)
    : most_(most), most_per_address_(std::max<std::size_t>(most / 4, 1)), room_(std::make_shared<Room>()) {}

ConnectionLimiter::Seat ConnectionLimiter::Take(std::string_view address) {
  const MutexLock lock(room_->mutex);
  if (room_->taken >= most_) return nullptr;
  const bool has_limit = !address.empty() && !address.starts_with("127.") && address != "::1";
  const auto found = room_->by_address.try_emplace(std::string(address), 0).first;
  if (has_limit && found->second >= most_per_address_) return nullptr;
  ++found->second;
  ++room_->taken;
  return {&found->second, [room = room_, at = std::string(address)](const void*) {
            const MutexLock room_lock(room->mutex);
            --room->taken;
            const auto of_address = room->by_address.find(at);
            if (--of_address->second == 0) room->by_address.erase(of_address);
          }};
}

std::size_t ConnectionLimiter::taken() const {
  const MutexLock lock(room_->mutex);
  return room_->taken;
}

}  // namespace keymeter::query_api
