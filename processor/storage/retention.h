#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "schema/civil_time.h"
#include "schema/error.h"
#include "schema/horizons.h"

/// How long rows of each level are kept, and where that puts the horizons. Pure; the deleting is
/// RetentionWriter's.
namespace keymeter::processor {

/// How long, in seconds. Months are kept for ever.
struct Retention {
  static constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();
  static constexpr std::int64_t kLeastMinutes = 2 * kHourSeconds;
  static constexpr std::int64_t kLeastHours = 8 * kDaySeconds;  ///< the relay's own hours, and a day for us
  static constexpr std::int64_t kLeastDays = 40 * kDaySeconds;  ///< likewise its days, kept for 32

  std::int64_t minutes = 14 * kDaySeconds;
  std::int64_t hours = 400 * kDaySeconds;
  std::int64_t days = kForever;
};

/// "36h", "14d", "forever" → seconds.
[[nodiscard]] Result<std::int64_t> ParseKeep(std::string_view text);

/// Where the horizons stand at `now` (epoch seconds). Never behind where they were; never beyond the hour,
/// day and month of `rolled_until`, for what is not rolled up is nowhere else.
[[nodiscard]] Horizons HorizonsAt(std::int64_t now, const Retention& keep, const Horizons& before,
                                  std::int64_t rolled_until, std::int64_t utc_offset_s);

}  // namespace keymeter::processor
