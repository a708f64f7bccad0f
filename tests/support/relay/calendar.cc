#include "tests/support/relay/calendar.h"

#include <charconv>
#include <chrono>
#include <optional>

#include <fmt/format.h>

namespace keymeter::relay_load {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

using SysMs = std::chrono::time_point<std::chrono::system_clock, milliseconds>;

std::string DateOf(sys_days day) {
  const year_month_day ymd{day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                     static_cast<unsigned>(ymd.day()));
}

/// Takes exactly `digits` decimal digits off the front of `text`.
std::optional<int> TakeDigits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool TakeChar(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> TakeFractionMs(std::string_view& text) {
  if (!TakeChar(text, ".")) return 0;
  std::int64_t ms = 0;
  int digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 3) ms = ms * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 3; ++digits) ms *= 10;
  return ms;
}

/// "Z", "+08:00" → seconds.
std::optional<std::int64_t> TakeZone(std::string_view& text) {
  if (TakeChar(text, "Zz")) return 0;
  const bool west = !text.empty() && text.front() == '-';
  if (!TakeChar(text, "+-")) return std::nullopt;
  const auto hours = TakeDigits(text, 2);
  if (!hours || !TakeChar(text, ":")) return std::nullopt;
  const auto minutes = TakeDigits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::int64_t seconds = *hours * 3600LL + *minutes * 60LL;
  return west ? -seconds : seconds;
}

std::optional<std::int64_t> TakeTime(std::string_view& text) {
  const auto year = TakeDigits(text, 4);
  if (!year || !TakeChar(text, "-")) return std::nullopt;
  const auto month = TakeDigits(text, 2);
  if (!month || !TakeChar(text, "-")) return std::nullopt;
  const auto day = TakeDigits(text, 2);
  if (!day || !TakeChar(text, "Tt ")) return std::nullopt;
  const auto hour = TakeDigits(text, 2);
  if (!hour || *hour > 23 || !TakeChar(text, ":")) return std::nullopt;
  const auto minute = TakeDigits(text, 2);
  if (!minute || *minute > 59 || !TakeChar(text, ":")) return std::nullopt;
  const auto second = TakeDigits(text, 2);
  if (!second || *second > 59) return std::nullopt;
  const auto fraction_ms = TakeFractionMs(text);
  if (!fraction_ms) return std::nullopt;
  const auto zone = TakeZone(text);
  if (!zone) return std::nullopt;

  const year_month_day ymd{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                           std::chrono::day{static_cast<unsigned>(*day)}};
  if (!ymd.ok()) return std::nullopt;
  const std::int64_t midnight = std::chrono::seconds{sys_days{ymd}.time_since_epoch()}.count();
  return (midnight + *hour * 3600LL + *minute * 60LL + *second - *zone) * 1000 + *fraction_ms;
}

}  // namespace

Periods PeriodsAt(std::int64_t epoch_ms, std::int64_t offset_seconds) {
  const SysMs local{milliseconds{epoch_ms + offset_seconds * 1000}};
  const sys_days day = std::chrono::floor<days>(local);
  const auto hour = std::chrono::floor<std::chrono::hours>(local - day).count();
  const sys_days monday = day - (std::chrono::weekday{day} - std::chrono::Monday);

  Periods names;
  names.date = DateOf(day);
  names.month = names.date.substr(0, 7);
  names.hour = fmt::format("{}:{:02}", names.date, hour);
  names.week = DateOf(monday) + "T00";
  const sys_days thursday = monday + days{3};
  const sys_days new_year{year_month_day{thursday}.year() / std::chrono::January / 1};
  const std::int64_t week = ((thursday - new_year).count() + 1) / 7 + 1;
  names.iso_week = fmt::format("{}-W{:02}", names.date.substr(0, 4), week);
  const SysMs moment{milliseconds{epoch_ms}};
  names.epoch_minute =
      fmt::format("{}", std::chrono::floor<std::chrono::minutes>(moment).time_since_epoch().count());
  names.hour_start = HourStart(epoch_ms);
  return names;
}

std::string IsoTime(std::int64_t epoch_ms) {
  const SysMs moment{milliseconds{epoch_ms}};
  const sys_days day = std::chrono::floor<days>(moment);
  const std::int64_t ms = (moment - day).count();
  return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", DateOf(day), ms / 3'600'000, ms / 60'000 % 60,
                     ms / 1000 % 60, ms % 1000);
}

std::int64_t HourStart(std::int64_t epoch_ms) {
  const SysMs moment{milliseconds{epoch_ms}};
  const auto hours = std::chrono::floor<std::chrono::hours>(moment).time_since_epoch();
  return std::chrono::seconds{hours}.count();
}

Result<std::int64_t> ParseOffset(std::string_view text) {
  std::string_view rest = text;
  const bool west = rest.starts_with('-');
  if (rest.starts_with('+') || west) rest.remove_prefix(1);
  if (rest.ends_with(":00")) rest.remove_suffix(3);
  int hours = 0;
  const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), hours);
  const bool is_number = failure == std::errc{} && end == rest.data() + rest.size() && hours >= 0;
  if (west) hours = -hours;
  if (!is_number || hours < -12 || hours > 14) {
    return Fail(ErrorCode::kInvalid,
                "\"{}\" is no offset: give whole hours from -12:00 to +14:00, such as +08:00", text);
  }
  return hours * std::int64_t{3600};
}

Result<std::int64_t> ParseTime(std::string_view text) {
  std::string_view rest = text;
  const auto ms = TakeTime(rest);
  if (!ms || !rest.empty()) {
    return Fail(ErrorCode::kInvalid, "\"{}\" is no time: give RFC 3339, such as 2026-11-20T20:19:21+08:00",
                text);
  }
  return *ms;
}

}  // namespace keymeter::relay_load
