#include "processor/redis/redis_url.h"

#include <charconv>
#include <optional>
#include <utility>

#include "schema/host_port.h"
#include "schema/percent.h"

namespace keymeter::processor {

namespace {

using Transport = RedisUrl::Transport;

constexpr int kMaxDatabase = 1'000'000;
constexpr std::size_t kLongestSocketPath = 107;  ///< as long as sockaddr_un holds, less the closing zero

std::optional<int> ParseNumber(std::string_view text, int low, int high) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high)
    return std::nullopt;
  return value;
}

/// False for bytes that would end the path, or a log line, early.
bool KeepsInPath(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > ' ' && byte != 0x7f && c != '%' && c != '?';
}

/// The URL is not repeated in errors: it may hold a password.
tl::unexpected<Error> Wrong(std::string_view what) {
  return Fail(ErrorCode::kInvalid,
              "Redis URL: {}; it looks like redis://[[user]:password@]host[:port][/database], rediss:// with "
              "TLS, or unix://[[user]:password@]/path/to.sock[?db=N]",
              what);
}

std::optional<Transport> TakeScheme(std::string_view& text) {
  constexpr std::pair<std::string_view, Transport> kSchemes[] = {
      {"redis://", Transport::kTcp}, {"rediss://", Transport::kTls}, {"unix://", Transport::kUnix}};
  for (const auto& [scheme, transport] : kSchemes) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    return transport;
  }
  return std::nullopt;
}

/// Where the '@' behind user and password stands; a path begins with '/' and may hold any '@'.
std::size_t CredentialsEnd(std::string_view text, bool is_unix) {
  if (!is_unix) return text.rfind('@');
  return text.starts_with('/') ? std::string_view::npos : text.rfind("@/");
}

Status ReadCredentials(std::string_view text, RedisUrl& url) {
  const std::size_t colon = text.find(':');
  const auto user = PercentDecode(text.substr(0, colon));
  const auto password =
      PercentDecode(colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1));
  if (!user || !password) return Wrong("user or password is not percent-encoded");
  url.user = *user;
  url.password = *password;
  return {};
}

Status ReadHostAndPort(std::string_view text, RedisUrl& url) {
  constexpr std::string_view kNoPort = "the port is not a number from 1 to 65535";
  const auto parts = SplitHostPort(text);
  if (!parts)
    return Wrong(text.find(']') == std::string_view::npos ? "an IPv6 address lacks its closing bracket"
                                                          : kNoPort);
  const bool begins_with_port = !parts->is_bracketed && parts->host.starts_with(':');
  if (parts->host.empty() || begins_with_port) return Wrong("the host is missing");
  const bool has_colon = parts->host.find(':') != std::string_view::npos;
  if (parts->is_bracketed && !has_colon) return Wrong("what stands in brackets is no IPv6 address");
  if (!parts->is_bracketed && has_colon) return Wrong(kNoPort);
  url.host = std::string(parts->host);
  if (!parts->port) return {};
  url.port = ParsePort(*parts->port).value_or(0);
  return url.port == 0 ? Wrong(kNoPort) : Status();
}

Status ReadAddress(std::string_view text, RedisUrl& url) {
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view number = text.substr(slash + 1);
    const auto database = number.empty() ? std::optional(0) : ParseNumber(number, 0, kMaxDatabase);
    if (!database) return Wrong("the database is not a number");
    url.database = *database;
  }
  return ReadHostAndPort(text.substr(0, slash), url);
}

Status ReadSocketPath(std::string_view text, RedisUrl& url) {
  constexpr std::string_view kDatabase = "?db=";
  const std::size_t query = text.find('?');
  if (query != std::string_view::npos) {
    const std::string_view parameter = text.substr(query);
    const auto database = parameter.starts_with(kDatabase)
                              ? ParseNumber(parameter.substr(kDatabase.size()), 0, kMaxDatabase)
                              : std::nullopt;
    if (!database) return Wrong("the database is not a number");
    url.database = *database;
  }
  const auto path = PercentDecode(text.substr(0, query));
  if (!path || !path->starts_with('/')) return Wrong("the socket's path does not begin with /");
  if (path->size() > kLongestSocketPath || path->find('\0') != std::string::npos)
    return Wrong(fmt::format("the socket's path is no file name of at most {} bytes", kLongestSocketPath));
  url.path = *path;
  return {};
}

}  // namespace

std::string RedisUrl::Display() const {
  if (transport == Transport::kUnix) {
    const std::string shown = "unix://" + PercentEncode(path, KeepsInPath);
    return database == 0 ? shown : fmt::format("{}?db={}", shown, database);
  }
  return fmt::format("{}://{}/{}", transport == Transport::kTls ? "rediss" : "redis",
                     JoinHostPort(host, port), database);
}

Result<RedisUrl> ParseRedisUrl(std::string_view text) {
  RedisUrl url;
  const auto scheme = TakeScheme(text);
  if (!scheme) return Wrong("it begins with none of redis://, rediss://, unix://");
  url.transport = *scheme;
  const bool is_unix = url.transport == RedisUrl::Transport::kUnix;
  const std::size_t at = CredentialsEnd(text, is_unix);
  if (at != std::string_view::npos) {
    RETURN_IF_ERROR(ReadCredentials(text.substr(0, at), url));
    text.remove_prefix(at + 1);
  }
  RETURN_IF_ERROR(is_unix ? ReadSocketPath(text, url) : ReadAddress(text, url));
  return url;
}

}  // namespace keymeter::processor
