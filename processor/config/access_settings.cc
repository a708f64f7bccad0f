#include "processor/config/access_settings.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "processor/config/config_file.h"

namespace keymeter::processor {

namespace {

constexpr double kMostRequests = 1'000'000;

/// The parts between commas; nothing when one of them is empty or holds one of `forbidden`.
std::optional<std::vector<std::string>> SplitList(const std::string& text, std::string_view forbidden) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    std::string part = text.substr(begin, end - begin);
    if (part.empty() || part.find_first_of(forbidden) != std::string::npos) return std::nullopt;
    parts.push_back(std::move(part));
    begin = end + 1;
  }
  return parts;
}

Status TakeList(const std::string& text, std::string_view forbidden, std::string_view what,
                std::vector<std::string>& into) {
  auto parts = SplitList(text, forbidden);
  if (!parts) return Fail(ErrorCode::kInvalid, "'{}' is no list of {}", text, what);
  into = std::move(*parts);
  return {};
}

/// A number from `least` to a million; 0 for anything else.
double NumberIn(std::string_view text, double least) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return 0;
  return number >= least && number <= kMostRequests ? number : 0;
}

}  // namespace

Status TakeRateLimit(const std::string& text, Options& into) {
  into.rate_limit_per_second = into.rate_limit_burst = 0;
  if (text == "off") return {};
  constexpr double kSlowest = 0.1;
  constexpr std::string_view kUnit = "/s";
  const std::size_t unit = std::min(text.find(kUnit), text.size());
  const std::string_view rest = std::string_view(text).substr(std::min(unit + kUnit.size(), text.size()));
  const double rate = unit < text.size() ? NumberIn(std::string_view(text).substr(0, unit), kSlowest) : 0;
  double burst = std::max(1.0, 2 * rate);
  if (!rest.empty()) burst = rest.starts_with(':') ? NumberIn(rest.substr(1), 1) : 0;
  if (rate == 0 || burst == 0)
    return Fail(ErrorCode::kInvalid,
                "'{}' is neither off nor a rate such as 50/s, or 50/s:200 for 200 at once", text);
  into.rate_limit_per_second = rate;
  into.rate_limit_burst = burst;
  return {};
}

Status TakeAccessLog(const std::string& text, Options& into) {
  if (text != "on" && text != "errors" && text != "off")
    return Fail(ErrorCode::kInvalid, "'{}' is none of on, errors, off", text);
  into.access_log = text;
  return {};
}

Status TakeHosts(const std::string& text, Options& into) {
  return TakeList(text, " /", "host names, such as usage.example.com,10.0.0.5", into.allowed_hosts);
}

Status TakeTrustedProxies(const std::string& text, Options& into) {
  return TakeList(text, " ", "networks, such as 127.0.0.1,10.0.0.0/8", into.trusted_proxies);
}

Status TakeCorsOrigins(const std::string& text, Options& into) {
  return TakeList(text, " ", "origins, such as https://dash.example,http://localhost:3000",
                  into.cors_origins);
}

Result<std::int64_t> ParseLifetime(std::string_view text) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 60 * kMinute;
  constexpr std::int64_t kDay = 24 * kHour;
  constexpr std::int64_t kLongest = 3660 * kDay;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::int64_t unit_s = unit == "m" ? kMinute : unit == "h" ? kHour : unit == "d" ? kDay : 0;
  if (error != std::errc() || unit_s == 0 || number < 1 || number > kLongest / unit_s)
    return Fail(ErrorCode::kInvalid, "'{}' is no time from 1m to 3660d, such as 90d or 12h", text);
  return number * unit_s;
}

void WarnOfOpenCredentials(Options& options) {
  for (const auto& [path, what] : {std::pair(options.jwt_secret_file, "secret of JWTs"),
                                   std::pair(options.token_file, "names and roles of tokens")})
    if (!path.empty() && IsReadableByEverybody(path))
      options.warnings.push_back(fmt::format("everybody may read the {} in {}; chmod 600 it", what, path));
}

}  // namespace keymeter::processor
