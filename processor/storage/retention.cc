#include "processor/storage/retention.h"

#include <algorithm>
#include <charconv>

namespace keymeter::processor {

Result<std::int64_t> ParseKeep(std::string_view text) {
  constexpr std::int64_t kLongestDays = 36'500;
  if (text == "forever") return Retention::kForever;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::int64_t unit_s = unit == "h" ? kHourSeconds : unit == "d" ? kDaySeconds : 0;
  if (error != std::errc() || unit_s == 0 || number < 1 || number > kLongestDays * kDaySeconds / unit_s)
    return Fail(ErrorCode::kInvalid, "'{}' is no time such as 36h or 14d (at most 36500d), and not forever",
                text);
  return number * unit_s;
}

Horizons HorizonsAt(std::int64_t now, const Retention& keep, const Horizons& before,
                    std::int64_t rolled_until, std::int64_t utc_offset_s) {
  const auto reach = [&](std::int64_t kept, Level coarser, std::int64_t was) {
    if (kept >= now) return was;
    return std::max(was, BucketOf(coarser, std::min(now - kept, rolled_until), utc_offset_s));
  };
  return {reach(keep.minutes, Level::kHour, before.minutes), reach(keep.hours, Level::kDay, before.hours),
          reach(keep.days, Level::kMonth, before.days)};
}

}  // namespace keymeter::processor
