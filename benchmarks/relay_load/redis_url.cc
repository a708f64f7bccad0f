#include "benchmarks/relay_load/redis_url.h"

#include <charconv>
#include <optional>

namespace keymeter::relay_load {
namespace {

constexpr std::string_view kForm = "redis://[:password@]host:port/db";

std::optional<int> WholeNumber(std::string_view text, int low, int high) {
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value < low || value > high)
    return std::nullopt;
  return value;
}

std::optional<std::string> PercentDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    unsigned value = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || failure != std::errc{} || end != digits.data() + 2) return std::nullopt;
    decoded.push_back(static_cast<char>(value));
    i += 2;
  }
  return decoded;
}

Status ParseCredentials(std::string_view text, RedisUrl& url) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return Fail(ErrorCode::kInvalid, "a Redis URL's password stands behind a colon: {}", kForm);
  }
  const auto user = PercentDecoded(text.substr(0, colon));
  const auto password = PercentDecoded(text.substr(colon + 1));
  if (!user || !password) {
    return Fail(ErrorCode::kInvalid, "a Redis URL's password has a % without two hex digits: write % as %25");
  }
  url.user = *user;
  url.password = *password;
  return {};
}

Status ParseHostAndPort(std::string_view text, RedisUrl& url) {
  const std::size_t host_end = text.starts_with('[') ? text.find(']') : text.find(':');
  if (text.starts_with('[')) {
    if (host_end == std::string_view::npos)
      return Fail(ErrorCode::kInvalid, "a Redis URL's [ has no ]: {}", kForm);
    url.host = text.substr(1, host_end - 1);
    text.remove_prefix(host_end + 1);
  } else {
    url.host = text.substr(0, host_end);
    text.remove_prefix(host_end == std::string_view::npos ? text.size() : host_end);
  }
  if (url.host.empty()) return Fail(ErrorCode::kInvalid, "a Redis URL needs a host: {}", kForm);
  if (text.empty()) return {};
  const auto port = text.starts_with(':') ? WholeNumber(text.substr(1), 1, 65535) : std::nullopt;
  if (!port) return Fail(ErrorCode::kInvalid, "a Redis URL's port is 1 to 65535: {}", kForm);
  url.port = *port;
  return {};
}

}  // namespace

std::string RedisUrl::Address() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}/{}", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", port, db);
}

Result<RedisUrl> ParseRedisUrl(std::string_view text) {
  constexpr std::string_view kScheme = "redis://";
  if (!text.starts_with(kScheme))
    return Fail(ErrorCode::kInvalid, "a Redis URL begins with redis://: {}", kForm);
  text.remove_prefix(kScheme.size());

  RedisUrl url;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    RETURN_IF_ERROR(ParseCredentials(text.substr(0, at), url));
    text.remove_prefix(at + 1);
  }
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view db = text.substr(slash + 1);
    const auto number = db.empty() ? std::optional<int>(0) : WholeNumber(db, 0, 1'000'000);
    if (!number) return Fail(ErrorCode::kInvalid, "a Redis URL's database is a number: {}", kForm);
    url.db = *number;
    text = text.substr(0, slash);
  }
  RETURN_IF_ERROR(ParseHostAndPort(text, url));
  return url;
}

}  // namespace keymeter::relay_load
