#include "query-api/front/handshake_limits.h"

namespace keymeter::query_api {

bool HandshakeLimits::Take(const std::string& address, std::int64_t now_ms) {
  if (const std::int64_t second = now_ms / 1000; second != second_) {
    second_ = second;
    by_address_.clear();
  }
  if (!address.empty() && ++by_address_[address] > kPerAddressSecond) return false;
  ++taken_;
  return true;
}

}  // namespace keymeter::query_api
