#include "processor/config/setting_parsers.h"

#include <algorithm>
#include <charconv>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::string_view kOff = "off";

/// A number and what stands behind it: "256MiB", "0.5s", "30m".
template <typename Number>
struct Amount {
  Number number = 0;
  std::string_view unit;
};

/// Nothing where no number begins the text.
template <typename Number>
std::optional<Amount<Number>> ReadAmount(std::string_view text) {
  Amount<Number> amount;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, amount.number);
  if (error != std::errc()) return std::nullopt;
  amount.unit = std::string_view(stop, static_cast<std::size_t>(end - stop));
  return amount;
}

/// A number from `least` to `most` and nothing else.
template <typename Number>
std::optional<Number> NumberIn(std::string_view text, Number least, Number most) {
  const auto amount = ReadAmount<Number>(text);
  if (!amount || !amount->unit.empty() || !(amount->number >= least && amount->number <= most))
    return std::nullopt;
  return amount->number;
}

/// The parts between commas. Refused when one of them is empty or holds one of `forbidden`.
Result<std::vector<std::string>> ParseList(std::string_view text, std::string_view forbidden,
                                           std::string_view what) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    if (part.empty() || part.find_first_of(forbidden) != std::string_view::npos)
      return Fail(ErrorCode::kInvalid, "'{}' is no list of {}", text, what);
    parts.emplace_back(part);
    begin = end + 1;
  }
  return parts;
}

}  // namespace

Result<bool> ParseSwitch(std::string_view text) {
  for (const std::string_view yes : {"true", "yes", "on", "1"})
    if (text == yes) return true;
  for (const std::string_view no : {"false", "no", "off", "0"})
    if (text == no) return false;
  return Fail(ErrorCode::kInvalid, "'{}' is neither true nor false", text);
}

Result<int> ParseCount(std::string_view text, int least, int most) {
  if (const auto count = NumberIn<int>(text, least, most)) return *count;
  return Fail(ErrorCode::kInvalid, "'{}' is no number from {} to {}", text, least, most);
}

Result<double> ParseShare(std::string_view text) {
  const auto percent = ReadAmount<double>(text);
  if (!percent || percent->unit != "%" || !(percent->number >= 1 && percent->number <= 100))
    return Fail(ErrorCode::kInvalid, "'{}' is not a share from 1% to 100%, such as 10%", text);
  return percent->number / 100;
}

Result<std::int64_t> ParseBytes(std::string_view text) {
  constexpr std::int64_t kLeast = std::int64_t{1} << 20;
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  const auto size = ReadAmount<std::int64_t>(text);
  const std::string_view unit = size ? size->unit : "";
  const std::int64_t unit_bytes = unit == "MiB"   ? std::int64_t{1} << 20
                                  : unit == "GiB" ? std::int64_t{1} << 30
                                                  : 0;
  if (unit_bytes == 0 || size->number > kMost / unit_bytes || size->number * unit_bytes < kLeast)
    return Fail(ErrorCode::kInvalid, "'{}' is no size from 1MiB to 1024GiB, such as 256MiB", text);
  return size->number * unit_bytes;
}

Result<std::int64_t> ParseDurationMs(std::string_view text) {
  constexpr double kShortestMs = 100;
  constexpr double kLongestMs = 3'600'000;
  const auto duration = ReadAmount<double>(text);
  const std::string_view unit = duration ? duration->unit : "no number";
  const double unit_ms = unit == "ms" ? 1 : unit == "s" || unit.empty() ? 1000 : unit == "m" ? 60'000 : 0;
  const double ms = duration ? duration->number * unit_ms : 0;
  if (!(ms >= kShortestMs && ms <= kLongestMs))
    return Fail(ErrorCode::kInvalid, "'{}' is not a duration from 100ms to 60m, such as 500ms or 1s", text);
  return static_cast<std::int64_t>(ms);
}

Result<std::int64_t> ParseLifetime(std::string_view text) {
  constexpr std::int64_t kLongest = 3660 * kDaySeconds;
  const auto lifetime = ReadAmount<std::int64_t>(text);
  const std::string_view unit = lifetime ? lifetime->unit : "";
  const std::int64_t unit_s = unit == "m"   ? kMinuteSeconds
                              : unit == "h" ? kHourSeconds
                              : unit == "d" ? kDaySeconds
                                            : 0;
  if (unit_s == 0 || lifetime->number < 1 || lifetime->number > kLongest / unit_s)
    return Fail(ErrorCode::kInvalid, "'{}' is no time from 1m to 3660d, such as 90d or 12h", text);
  return lifetime->number * unit_s;
}

Result<std::int64_t> ParsePollMs(std::string_view text) {
  constexpr std::int64_t kShortestMs = 1000;
  if (text == kOff) return 0;
  auto interval_ms = ParseDurationMs(text);
  if (interval_ms && *interval_ms >= kShortestMs) return interval_ms;
  return Fail(ErrorCode::kInvalid, "'{}' is neither off nor a number of seconds from 1 to 3600", text);
}

Result<std::int64_t> ParseAuditIntervalMs(std::string_view text) {
  if (text == kOff) return 0;
  if (auto interval_ms = ParseDurationMs(text)) return interval_ms;
  return Fail(ErrorCode::kInvalid, "'{}' is neither off nor a time from 100ms to 60m", text);
}

Result<std::int64_t> ParseCacheBytes(std::string_view text) {
  if (text == kOff) return 0;
  if (auto bytes = ParseBytes(text)) return bytes;
  return Fail(ErrorCode::kInvalid, "'{}' is neither off nor a size from 1MiB to 1TiB", text);
}

Result<int> ParseAddressLimit(std::string_view text) {
  if (text == kOff) return 0;
  if (const auto limit = NumberIn<int>(text, 1, kMostConnections)) return *limit;
  return Fail(ErrorCode::kInvalid, "'{}' is neither off nor a number from 1 to {}", text, kMostConnections);
}

Result<RequestRate> ParseRequestRate(std::string_view text) {
  constexpr double kSlowest = 0.1;
  constexpr double kMostRequests = 1'000'000;
  constexpr std::string_view kUnit = "/s";
  if (text == kOff) return RequestRate{};
  const std::size_t unit = text.find(kUnit);
  const auto rate =
      unit == std::string_view::npos ? std::nullopt : NumberIn(text.substr(0, unit), kSlowest, kMostRequests);
  std::optional<double> burst;
  if (rate) {
    const std::string_view rest = text.substr(unit + kUnit.size());
    if (rest.empty()) burst = std::max(1.0, 2 * *rate);
    if (rest.starts_with(':')) burst = NumberIn(rest.substr(1), 1.0, kMostRequests);
  }
  if (rate && burst) return RequestRate{.per_second = *rate, .burst = *burst};
  return Fail(ErrorCode::kInvalid, "'{}' is neither off nor a rate such as 50/s, or 50/s:200 for 200 at once",
              text);
}

Result<std::optional<std::int64_t>> ParseOffset(std::string_view text) {
  if (text == "auto") return std::optional<std::int64_t>();
  ASSIGN_OR_RETURN(const std::int64_t offset_s, ParseUtcOffset(text));
  return offset_s;
}

Result<AccessLogging> ParseAccessLogging(std::string_view text) {
  if (text == "on") return AccessLogging::kAll;
  if (text == "errors") return AccessLogging::kErrors;
  if (text == kOff) return AccessLogging::kNone;
  return Fail(ErrorCode::kInvalid, "'{}' is none of on, errors, off", text);
}

Result<std::vector<std::string>> ParseAddresses(std::string_view text) {
  constexpr std::string_view kWhat = "addresses, such as 127.0.0.1:8787,unix:/run/keymeter/api.sock";
  ASSIGN_OR_RETURN(auto addresses, ParseList(text, " ", kWhat));
  if (addresses.empty()) return Fail(ErrorCode::kInvalid, "is empty; it takes a list of {}", kWhat);
  return addresses;
}

Result<std::vector<std::string>> ParseHosts(std::string_view text) {
  return ParseList(text, " /", "host names, such as usage.example.com,10.0.0.5");
}

Result<std::vector<std::string>> ParseNetworks(std::string_view text) {
  return ParseList(text, " ", "networks, such as 127.0.0.1,10.0.0.0/8");
}

Result<std::vector<std::string>> ParseOrigins(std::string_view text) {
  return ParseList(text, " ", "origins, such as https://dash.example,http://localhost:3000");
}

}  // namespace keymeter::processor
