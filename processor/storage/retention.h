#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "schema/civil_time.h"
#include "schema/error.h"
#include "schema/horizons.h"

/// How long rows of each level are kept, and which horizons follow from that. Pure; RetentionWriter removes
/// the rows.
namespace keymeter::processor {

/// In seconds. Months are kept for ever.
struct Retention {
  static constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();
  static constexpr std::int64_t kLeastMinutes = 2 * kHourSeconds;
  static constexpr std::int64_t kLeastHours = 8 * kDaySeconds;  ///< the relay keeps hours for 7 days
  static constexpr std::int64_t kLeastDays = 40 * kDaySeconds;  ///< the relay keeps days for 32 days

  std::int64_t minutes = 14 * kDaySeconds;
  std::int64_t hours = 400 * kDaySeconds;
  std::int64_t days = kForever;
};

/// "36h", "14d", "forever" → seconds.
[[nodiscard]] Result<std::int64_t> ParseKeep(std::string_view text);

/// The horizons at `now` (epoch seconds). They never move back, and never beyond the hour, day and month of
/// `rolled_until`: what is not rolled up yet is in no coarser level.
[[nodiscard]] Horizons HorizonsAt(std::int64_t now, const Retention& keep, const Horizons& before,
                                  std::int64_t rolled_until, std::int64_t utc_offset_s);

}  // namespace keymeter::processor
