#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schema/error.h"

namespace keymeter::processor {

/// Where the relay's Redis is, and who we are there.
struct RedisUrl {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  std::string user;      ///< empty: the default user
  std::string password;  ///< empty: none. Never logged.
  int database = 0;

  /// Without user and password: for logs and errors.
  [[nodiscard]] std::string Display() const;
};

/// "redis://[[user]:password@]host[:port][/database]"; user and password may be percent-encoded, IPv6 in
/// brackets.
[[nodiscard]] Result<RedisUrl> ParseRedisUrl(std::string_view text);

}  // namespace keymeter::processor
