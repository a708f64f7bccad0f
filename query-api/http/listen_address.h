#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schema/error.h"

namespace keymeter::query_api {

/// HOST:PORT of a listener. HOST is an IPv4 address or `localhost` (civetweb of Debian speaks no IPv6).
struct ListenAddress {
  std::string host;  ///< numeric: "127.0.0.1"
  std::uint16_t port = 0;

  /// `flag` is named in the error: "--listen takes HOST:PORT, …".
  static Result<ListenAddress> Parse(std::string_view text, std::string_view flag);

  [[nodiscard]] bool IsLoopback() const;
  [[nodiscard]] bool IsEverywhere() const { return host == "0.0.0.0"; }
  [[nodiscard]] std::string ToString() const;
};

}  // namespace keymeter::query_api
