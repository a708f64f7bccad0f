#include "query-api/access/ip_network.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "schema/host_port.h"

namespace keymeter::query_api {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedV4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96;

/// Whether the first `bits` of both are the same.
bool AgreeIn(unsigned bits, const IpAddress& a, const IpAddress& b) {
  const std::size_t whole = bits / 8;
  if (!std::equal(a.bytes().begin(), a.bytes().begin() + static_cast<std::ptrdiff_t>(whole),
                  b.bytes().begin()))
    return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xffU << (8 - bits % 8) & 0xffU;
  return ((a.bytes().at(whole) ^ b.bytes().at(whole)) & mask) == 0;
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  IpAddress address;
  in_addr v4{};
  if (inet_pton(AF_INET, terminated.c_str(), &v4) == 1) {
    std::copy(kMappedV4.begin(), kMappedV4.end(), address.bytes_.begin());
    std::memcpy(address.bytes_.data() + kMappedV4.size(), &v4, sizeof v4);
    return address;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) == 1) return address;
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::ParseWithPort(std::string_view text) {
  const auto parts = SplitHostPort(text);
  if (!parts) return std::nullopt;
  const bool is_ipv6 = parts->host.find(':') != std::string_view::npos;
  if (is_ipv6 && !parts->is_bracketed) return Parse(text);  // the last colon is the address' own
  if (parts->is_bracketed && !is_ipv6) return std::nullopt;
  return parts->port && !ParsePort(*parts->port) ? std::nullopt : Parse(parts->host);
}

bool IpAddress::IsV4() const {
  return std::equal(kMappedV4.begin(), kMappedV4.end(), bytes_.begin());
}

std::string IpAddress::ToString() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (IsV4())
    inet_ntop(AF_INET, bytes_.data() + kMappedV4.size(), text.data(), text.size());
  else
    inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

Result<IpNetwork> IpNetwork::Parse(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto address = IpAddress::Parse(text.substr(0, slash));
  if (!address)
    return Fail(ErrorCode::kInvalid, "'{}' is no network, such as 10.0.0.0/8, fd00::/8 or 127.0.0.1", text);
  const unsigned widest = address->IsV4() ? 32 : 128;
  unsigned prefix = widest;
  if (slash < text.size()) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, prefix);
    if (error != std::errc() || stop != end || prefix > widest)
      return Fail(ErrorCode::kInvalid, "'{}': its prefix is no number from 0 to {}", text, widest);
  }
  IpNetwork network;
  network.prefix_ = address->IsV4() ? kMappedBits + prefix : prefix;
  network.first_ = *address;
  const auto& bytes = address->bytes();
  for (unsigned bit = network.prefix_; bit < 128; ++bit)
    if ((bytes.at(bit / 8) >> (7 - bit % 8) & 1U) != 0)
      return Fail(ErrorCode::kInvalid,
                  "'{}' names an address inside that network, not its first one: /{} for the address alone",
                  text, widest);
  return network;
}

bool IpNetwork::Contains(const IpAddress& address) const {
  return AgreeIn(prefix_, first_, address);
}

}  // namespace keymeter::query_api
