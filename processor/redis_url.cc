#include "processor/redis_url.h"

#include <charconv>
#include <optional>

namespace keymeter::processor {

namespace {

constexpr std::string_view kScheme = "redis://";
constexpr int kMaxPort = 65535;
constexpr int kMaxDatabase = 1'000'000;

std::optional<int> ParseNumber(std::string_view text, int low, int high) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high)
    return std::nullopt;
  return value;
}

std::optional<std::string> PercentDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned value = 0;
    const std::string_view hex = text.substr(i + 1, 2);
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
    if (error != std::errc() || hex.size() != 2 || end != hex.data() + 2) return std::nullopt;
    decoded += static_cast<char>(value);
    i += 2;
  }
  return decoded;
}

/// The text is not repeated in errors: it may hold a password.
tl::unexpected<Error> Wrong(std::string_view what) {
  return Fail(ErrorCode::kInvalid,
              "Redis URL: {}; it looks like redis://[[user]:password@]host[:port][/database]", what);
}

Status ReadCredentials(std::string_view text, RedisUrl& url) {
  const std::size_t colon = text.find(':');
  const auto user = PercentDecoded(text.substr(0, colon));
  const auto password =
      PercentDecoded(colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1));
  if (!user || !password) return Wrong("user or password is not percent-encoded");
  url.user = *user;
  url.password = *password;
  return {};
}

Status ReadHostAndPort(std::string_view text, RedisUrl& url) {
  const bool bracketed = text.starts_with('[');
  const std::size_t host_end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && host_end == std::string_view::npos)
    return Wrong("an IPv6 address lacks its closing bracket");
  url.host = std::string(bracketed ? text.substr(1, host_end - 1) : text.substr(0, host_end));
  if (url.host.empty()) return Wrong("the host is missing");
  if (bracketed && url.host.find(':') == std::string::npos)
    return Wrong("what stands in brackets is no IPv6 address");
  std::string_view rest = host_end == std::string_view::npos ? std::string_view() : text.substr(host_end);
  if (bracketed) rest.remove_prefix(1);
  if (rest.empty()) return {};
  const auto port = rest.starts_with(':') ? ParseNumber(rest.substr(1), 1, kMaxPort) : std::nullopt;
  if (!port) return Wrong("the port is not a number from 1 to 65535");
  url.port = static_cast<std::uint16_t>(*port);
  return {};
}

}  // namespace

std::string RedisUrl::Display() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("redis://[{}]:{}/{}", host, port, database)
                 : fmt::format("redis://{}:{}/{}", host, port, database);
}

Result<RedisUrl> ParseRedisUrl(std::string_view text) {
  if (!text.starts_with(kScheme)) return Wrong("it does not begin with redis://");
  text.remove_prefix(kScheme.size());
  RedisUrl url;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    if (auto read = ReadCredentials(text.substr(0, at), url); !read) return Fail(read.error());
    text.remove_prefix(at + 1);
  }
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view path = text.substr(slash + 1);
    const auto database = path.empty() ? std::optional(0) : ParseNumber(path, 0, kMaxDatabase);
    if (!database) return Wrong("the database is not a number");
    url.database = *database;
    text = text.substr(0, slash);
  }
  if (auto read = ReadHostAndPort(text, url); !read) return Fail(read.error());
  return url;
}

}  // namespace keymeter::processor
