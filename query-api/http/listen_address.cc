#include "query-api/http/listen_address.h"

#include <charconv>

#include <arpa/inet.h>

namespace keymeter::query_api {

Result<ListenAddress> ListenAddress::Parse(std::string_view text, std::string_view flag) {
  const auto refuse = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalid,
                "{} {}: {}; it takes HOST:PORT with an IPv4 address, like 127.0.0.1:8787", flag, text, why);
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse("no port");
  ListenAddress address;
  address.host = std::string(text.substr(0, colon));
  if (address.host == "localhost") address.host = "127.0.0.1";
  if (address.host.find(':') != std::string::npos) return refuse("IPv6 is not supported");
  in_addr parsed{};
  if (inet_pton(AF_INET, address.host.c_str(), &parsed) != 1) return refuse("no IPv4 address");
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data() + colon + 1, end, address.port);
  if (failure != std::errc() || stop != end) return refuse("the port is no number from 0 to 65535");
  return address;
}

bool ListenAddress::IsLoopback() const {
  return host.starts_with("127.");
}

std::string ListenAddress::ToString() const {
  return fmt::format("{}:{}", host, port);
}

}  // namespace keymeter::query_api
