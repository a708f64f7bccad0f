/// Input: a URL. It is refused with a reason, or shown in a form without user and password that leads to the
/// same place.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "processor/redis/redis_url.h"

namespace {

using Transport = keymeter::processor::RedisUrl::Transport;

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto url = keymeter::processor::ParseRedisUrl({reinterpret_cast<const char*>(data), size});
  if (!url) {
    Require(!url.error().message.empty());
    return 0;
  }
  Require(!url->host.empty() && (url->transport != Transport::kUnix || url->path.front() == '/'));
  const auto again = keymeter::processor::ParseRedisUrl(url->Display());
  Require(again.has_value());
  Require(again->transport == url->transport && again->path == url->path && again->host == url->host &&
          again->port == url->port && again->database == url->database);
  Require(again->user.empty() && again->password.empty());
  return 0;
}
