#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schema/error.h"

namespace keymeter::processor {

/// Where the relay's Redis is, and who we are there. A plain value.
struct RedisUrl {
  enum class Transport : std::uint8_t { kTcp, kTls, kUnix };

  Transport transport = Transport::kTcp;
  std::string host = "127.0.0.1";  ///< unused by kUnix
  std::uint16_t port = 6379;       ///< unused by kUnix
  std::string path;                ///< of the socket; used by kUnix only
  std::string user;                ///< empty: the default user
  std::string password;            ///< empty: none. Never logged.
  int database = 0;

  /// Without user and password: for logs and errors.
  [[nodiscard]] std::string Display() const;
  /// A user without a password counts: an ACL may let it in so (nopass).
  [[nodiscard]] bool HasCredentials() const { return !user.empty() || !password.empty(); }
};

/// Parses "redis://[[user]:password@]host[:port][/database]", the same with rediss://, or
/// "unix://[[user]:password@]/path/to.sock[?db=N]". User, password and path may be percent-encoded; an IPv6
/// address stands in brackets.
[[nodiscard]] Result<RedisUrl> ParseRedisUrl(std::string_view text);

}  // namespace keymeter::processor
