#include "schema/civil_time.h"

#include <charconv>
#include <chrono>
#include <limits>

namespace keymeter {

namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::int64_t kMinOffset = -12 * kHourSeconds;
constexpr std::int64_t kMaxOffset = 14 * kHourSeconds;

std::int64_t FloorTo(std::int64_t value, std::int64_t unit) {
  const std::int64_t rest = value % unit;
  return value - rest - (rest < 0 ? unit : 0);
}

year_month_day CivilDay(std::int64_t epoch_seconds, std::int64_t offset_seconds) {
  return sys_days(days(FloorTo(epoch_seconds + offset_seconds, kDaySeconds) / kDaySeconds));
}

std::int64_t SecondsOf(sys_days day) {
  return day.time_since_epoch().count() * kDaySeconds;
}

/// Exactly `width` digits at `at`.
std::optional<int> Digits(std::string_view text, std::size_t at, std::size_t width) {
  if (text.size() < at + width) return std::nullopt;
  int value = 0;
  for (char c : text.substr(at, width)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool Has(std::string_view text, std::size_t at, char c) {
  return at < text.size() && text[at] == c;
}

struct Fraction {
  std::int64_t ms;
  std::size_t length;  ///< characters consumed, the point included
};

Fraction ParseFraction(std::string_view text, std::size_t at) {
  if (!Has(text, at, '.')) return {0, 0};
  std::int64_t ms = 0;
  std::int64_t unit = 100;
  std::size_t end = at + 1;
  for (; end < text.size() && text[end] >= '0' && text[end] <= '9'; ++end) {
    ms += (text[end] - '0') * unit;
    unit /= 10;
  }
  if (end == at + 1) return {0, 0};  // a point without digits is left over, and no zone
  return {ms, end - at};
}

std::optional<std::int64_t> ParseZone(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || text[3] != ':' || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hours = Digits(text, 1, 2);
  const auto minutes = Digits(text, 4, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::int64_t seconds = *hours * kHourSeconds + *minutes * kMinuteSeconds;
  return text[0] == '-' ? -seconds : seconds;
}

}  // namespace

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kMinute:
      return "minute";
    case Level::kHour:
      return "hour";
    case Level::kDay:
      return "day";
    case Level::kMonth:
      return "month";
    case Level::kTotal:
      return "total";
  }
  return "?";
}

std::int64_t BucketOf(Level level, std::int64_t epoch_seconds, std::int64_t offset_seconds) {
  switch (level) {
    case Level::kMinute:
      return FloorTo(epoch_seconds, kMinuteSeconds);
    case Level::kHour:
      return FloorTo(epoch_seconds, kHourSeconds);
    case Level::kDay:
      return FloorTo(epoch_seconds + offset_seconds, kDaySeconds) - offset_seconds;
    case Level::kMonth:
      break;
    case Level::kTotal:
      return 0;
  }
  const year_month_day day = CivilDay(epoch_seconds, offset_seconds);
  return SecondsOf(day.year() / day.month() / 1) - offset_seconds;
}

std::int64_t NextBucket(Level level, std::int64_t bucket, std::int64_t offset_seconds) {
  switch (level) {
    case Level::kMinute:
      return bucket + kMinuteSeconds;
    case Level::kHour:
      return bucket + kHourSeconds;
    case Level::kDay:
      return bucket + kDaySeconds;
    case Level::kMonth:
      break;
    case Level::kTotal:
      return std::numeric_limits<std::int64_t>::max();
  }
  const year_month_day day = CivilDay(bucket, offset_seconds);
  return SecondsOf((day.year() / day.month() / 1) + std::chrono::months(1)) - offset_seconds;
}

std::optional<std::int64_t> ParseDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = Digits(text, 0, 4);
  const auto month = Digits(text, 5, 2);
  const auto day = Digits(text, 8, 2);
  if (!year || !month || !day) return std::nullopt;
  const year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return SecondsOf(date);
}

std::optional<int> ParseHour(std::string_view text) {
  if (text.size() != 2) return std::nullopt;
  const auto hour = Digits(text, 0, 2);
  if (!hour || *hour > 23) return std::nullopt;
  return hour;
}

std::optional<std::int64_t> NaiveHourOf(std::string_view date, std::string_view hour) {
  const auto day = ParseDate(date);
  const auto of_day = ParseHour(hour);
  if (!day || !of_day) return std::nullopt;
  return *day / kHourSeconds + *of_day;
}

std::string FormatDate(std::int64_t epoch_seconds, std::int64_t offset_seconds) {
  const year_month_day day = CivilDay(epoch_seconds, offset_seconds);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

std::string FormatHour(std::int64_t epoch_seconds, std::int64_t offset_seconds) {
  const std::int64_t local = epoch_seconds + offset_seconds;
  return fmt::format("{:02}", (local - FloorTo(local, kDaySeconds)) / kHourSeconds);
}

std::string FormatMonth(std::int64_t epoch_seconds, std::int64_t offset_seconds) {
  return FormatDate(epoch_seconds, offset_seconds).substr(0, 7);
}

std::string FormatRfc3339(std::int64_t epoch_ms) {
  const std::int64_t seconds = FloorTo(epoch_ms, 1000) / 1000;
  const std::int64_t in_day = seconds - FloorTo(seconds, kDaySeconds);
  const std::int64_t ms = epoch_ms - seconds * 1000;
  std::string text = fmt::format("{}T{:02}:{:02}:{:02}", FormatDate(seconds, 0), in_day / kHourSeconds,
                                 in_day / kMinuteSeconds % 60, in_day % 60);
  return ms == 0 ? text + "Z" : fmt::format("{}.{:03}Z", text, ms);
}

std::optional<std::int64_t> ParseRfc3339(std::string_view text) {
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ')) return std::nullopt;
  const auto date = ParseDate(text.substr(0, 10));
  const auto hour = Digits(text, 11, 2);
  const auto minute = Digits(text, 14, 2);
  const auto second = Digits(text, 17, 2);
  if (!date || !hour || !minute || !second || text[13] != ':' || text[16] != ':') return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const Fraction fraction = ParseFraction(text, 19);
  const auto zone = ParseZone(text.substr(19 + fraction.length));
  if (!zone) return std::nullopt;
  const std::int64_t seconds = *date + *hour * kHourSeconds + *minute * kMinuteSeconds + *second - *zone;
  return seconds * 1000 + fraction.ms;
}

Result<std::int64_t> ParseUtcOffset(std::string_view text) {
  std::optional<std::int64_t> seconds = ParseZone(text);
  if (!seconds) {
    int hours = 0;
    const bool has_plus = text.starts_with('+') && !text.starts_with("+-");
    const char* begin = text.data() + (has_plus ? 1 : 0);
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(begin, end, hours);
    if (error == std::errc() && stop == end && begin != end && hours >= -12 && hours <= 14)
      seconds = hours * kHourSeconds;
  }
  if (!seconds || *seconds % kHourSeconds != 0 || *seconds < kMinOffset || *seconds > kMaxOffset)
    return Fail(ErrorCode::kInvalid,
                "UTC offset '{}' is not whole hours from -12:00 to +14:00, such as +08:00", text);
  return *seconds;
}

std::string FormatUtcOffset(std::int64_t offset_seconds) {
  const std::int64_t size = offset_seconds < 0 ? -offset_seconds : offset_seconds;
  return fmt::format("{}{:02}:{:02}", offset_seconds < 0 ? '-' : '+', size / kHourSeconds,
                     size % kHourSeconds / kMinuteSeconds);
}

}  // namespace keymeter
