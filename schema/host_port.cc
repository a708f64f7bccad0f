#include "schema/host_port.h"

#include <charconv>

#include <fmt/format.h>

namespace keymeter {

std::optional<HostPort> SplitHostPort(std::string_view text) {
  HostPort parts;
  parts.is_bracketed = text.starts_with('[');
  const std::size_t bracket = parts.is_bracketed ? text.find(']') : std::string_view::npos;
  if (parts.is_bracketed && bracket == std::string_view::npos) return std::nullopt;
  const std::size_t colon = parts.is_bracketed ? bracket + 1 : text.rfind(':');
  if (parts.is_bracketed) {
    if (colon < text.size() && text[colon] != ':') return std::nullopt;
    parts.host = text.substr(1, bracket - 1);
  } else {
    parts.host = text.substr(0, colon);
  }
  if (colon < text.size()) parts.port = text.substr(colon + 1);
  return parts;
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || stop != end) return std::nullopt;
  return port;
}

std::string JoinHostPort(std::string_view host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string_view::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace keymeter
