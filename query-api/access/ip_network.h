#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schema/error.h"

namespace keymeter::query_api {

/// An IPv4 or IPv6 address. IPv4 ones that are written as IPv6 (::ffff:10.0.0.1) are IPv4. Pure value.
class IpAddress {
 public:
  static std::optional<IpAddress> Parse(std::string_view text);
  /// "10.0.0.1:4711", "[::1]:4711", and either without a port.
  static std::optional<IpAddress> ParseWithPort(std::string_view text);

  [[nodiscard]] bool IsV4() const;
  [[nodiscard]] bool IsLoopback() const;
  [[nodiscard]] std::string ToString() const;  ///< the one usual form
  /// As IPv6: IPv4 is ::ffff:0:0/96.
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// A range of addresses, as CIDR: 10.0.0.0/8, fd00::/8, or one address. Pure value.
class IpNetwork {
 public:
  /// Errors say what is wrong with the text; bits behind the prefix are an error, too, since then somebody
  /// meant another network.
  static Result<IpNetwork> Parse(std::string_view text);

  [[nodiscard]] bool Contains(const IpAddress& address) const;

 private:
  IpAddress first_;
  unsigned prefix_ = 128;  ///< bits, of the IPv6 form
};

}  // namespace keymeter::query_api
