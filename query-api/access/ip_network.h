#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schema/error.h"

namespace keymeter::query_api {

/// An IPv4 or IPv6 address. An IPv4 address written as IPv6 (::ffff:10.0.0.1) is IPv4. Threads: plain value.
class IpAddress {
 public:
  static std::optional<IpAddress> Parse(std::string_view text);
  /// "10.0.0.1:4711", "[::1]:4711", and either without a port.
  static std::optional<IpAddress> ParseWithPort(std::string_view text);

  [[nodiscard]] bool IsV4() const;
  [[nodiscard]] std::string ToString() const;  ///< the canonical form
  /// As IPv6: IPv4 is ::ffff:0:0/96.
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// A range of addresses, as CIDR: 10.0.0.0/8, fd00::/8, or one address. Threads: plain value.
class IpNetwork {
 public:
  /// Errors say what is wrong with the text. Bits behind the prefix that are not zero are an error, since the
  /// text then does not say which network is meant.
  static Result<IpNetwork> Parse(std::string_view text);

  [[nodiscard]] bool Contains(const IpAddress& address) const;

 private:
  IpAddress first_;
  unsigned prefix_ = 128;  ///< in bits of the IPv6 form
};

}  // namespace keymeter::query_api
