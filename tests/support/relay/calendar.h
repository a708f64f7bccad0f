#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schema/error.h"

/// The relay's calendar: how it names hours, days, weeks and months in its keys.
///
/// On purpose no code is shared with schema/civil_time: what this generator reports is what the processor is
/// checked against, so the two must not be wrong together.
namespace keymeter::relay_load {

/// The names of the periods that hold one moment, in the relay's offset.
struct Periods {
  std::string hour;   ///< "2026-11-20:20"
  std::string date;   ///< "2026-11-20"
  std::string month;  ///< "2026-11"
  std::string week;   ///< "2026-11-16T00", the Monday
  /// "2026-W47", as releases before 1.1.281 name it: the week of ISO 8601 beside the calendar's year.
  std::string iso_week;
  std::string epoch_minute;
  std::int64_t hour_start = 0;  ///< epoch seconds, UTC
};

[[nodiscard]] Periods PeriodsAt(std::int64_t epoch_ms, std::int64_t offset_seconds);

/// As JavaScript's toISOString(): "2026-11-20T12:19:21.414Z".
[[nodiscard]] std::string IsoTime(std::int64_t epoch_ms);

/// The start of the hour (UTC) that holds the moment, in seconds.
[[nodiscard]] std::int64_t HourStart(std::int64_t epoch_ms);

/// "+08:00", "-03:00", "8" → seconds; whole hours from -12 to +14, as the relay's TIMEZONE_OFFSET.
[[nodiscard]] Result<std::int64_t> ParseOffset(std::string_view text);

/// RFC 3339, "2026-11-20T20:19:21.414+08:00" or with "Z" → epoch milliseconds.
[[nodiscard]] Result<std::int64_t> ParseTime(std::string_view text);

}  // namespace keymeter::relay_load
