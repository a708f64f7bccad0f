#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"

namespace keymeter::query_api {

/// Where a listener is: `HOST:PORT`, `tls://HOST:PORT` or `unix:/PATH`. Threads: plain value.
///
/// HOST is an IPv4 address, an IPv6 address in brackets, or `localhost`. A name would have to be resolved,
/// and might stand for several addresses.
struct ListenAddress {
  std::string host;  ///< numeric and canonical, without brackets: "127.0.0.1", "::1"; "" for a unix socket
  std::uint16_t port = 0;   ///< 0: any free port
  std::string unix_path{};  ///< absolute; "" for TCP
  bool is_tls = false;      ///< clients speak HTTPS

  /// Errors name the flag, the text and what it takes.
  static Result<ListenAddress> Parse(std::string_view text, std::string_view flag);
  /// The same for a listener that does not speak TLS: tls:// is an error.
  static Result<ListenAddress> ParseWithoutTls(std::string_view text, std::string_view flag);

  [[nodiscard]] bool IsUnix() const { return !unix_path.empty(); }
  /// Only programs on this machine reach it.
  [[nodiscard]] bool IsLoopback() const;
  /// It is reached under every address of this machine ([::] takes IPv4 too).
  [[nodiscard]] bool IsEverywhere() const { return host == "0.0.0.0" || host == "::"; }
  /// What Parse takes: "[::1]:8787", "tls://0.0.0.0:8443", "unix:/run/keymeter/api.sock".
  [[nodiscard]] std::string ToString() const;
};

/// All addresses of one flag. An error when one of them is there twice (plain and TLS are no two listeners),
/// or is one of those that another stands for: [::]:80 takes 127.0.0.1:80 too.
[[nodiscard]] Result<std::vector<ListenAddress>> ParseListenAddresses(const std::vector<std::string>& texts,
                                                                      std::string_view flag);

}  // namespace keymeter::query_api
