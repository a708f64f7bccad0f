#pragma once

#include <string>
#include <string_view>

#include "schema/error.h"

namespace keymeter::relay_load {

struct RedisUrl {
  std::string host = "127.0.0.1";
  int port = 6379;
  int db = 0;
  std::string user;      ///< empty: the default user
  std::string password;  ///< empty: none

  [[nodiscard]] std::string Address() const;  ///< "127.0.0.1:6379/0", without secrets: for messages
};

/// redis://[[user]:password@]host[:port][/db]; user and password percent-encoded, IPv6 in brackets. Errors
/// never repeat the text, which may hold a password.
[[nodiscard]] Result<RedisUrl> ParseRedisUrl(std::string_view text);

}  // namespace keymeter::relay_load
