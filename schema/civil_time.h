#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schema/error.h"

/// Buckets and their names. A bucket is the epoch second of its start; days and months begin at midnight of a
/// fixed offset from UTC, given in seconds east. Text forms: date "2026-11-20", hour "00".."23", month
/// "2026-11".
namespace keymeter {

enum class Level : std::uint8_t { kMinute, kHour, kDay, kMonth, kTotal };

inline constexpr std::int64_t kMinuteSeconds = 60;
inline constexpr std::int64_t kHourSeconds = 3600;
inline constexpr std::int64_t kDaySeconds = 86400;

[[nodiscard]] std::string_view LevelName(Level level);  ///< "minute", "hour", "day", "month", "total"

/// The bucket of `level` that contains the moment; kTotal has one bucket, 0. Correct before 1970 too.
[[nodiscard]] std::int64_t BucketOf(Level level, std::int64_t epoch_seconds, std::int64_t offset_seconds);
/// The start of the bucket after the one that starts at `bucket`.
[[nodiscard]] std::int64_t NextBucket(Level level, std::int64_t bucket, std::int64_t offset_seconds);

/// Seconds since 1970-01-01 of "2026-11-20" read as if it were UTC; nothing for anything that is no date.
[[nodiscard]] std::optional<std::int64_t> ParseDate(std::string_view text);
/// 0..23 of two digits.
[[nodiscard]] std::optional<int> ParseHour(std::string_view text);
/// Hours since 1970 of "2026-11-20" and "09", read as if they were UTC; nothing when they are no time.
[[nodiscard]] std::optional<std::int64_t> NaiveHourOf(std::string_view date, std::string_view hour);
[[nodiscard]] std::string FormatDate(std::int64_t epoch_seconds, std::int64_t offset_seconds);
[[nodiscard]] std::string FormatHour(std::int64_t epoch_seconds, std::int64_t offset_seconds);
[[nodiscard]] std::string FormatMonth(std::int64_t epoch_seconds, std::int64_t offset_seconds);

/// "2026-11-20T12:19:21Z", with ".123" when the milliseconds are not zero.
[[nodiscard]] std::string FormatRfc3339(std::int64_t epoch_ms);
/// RFC 3339 with `Z` or an offset, fraction of any length (cut to milliseconds) → epoch milliseconds.
[[nodiscard]] std::optional<std::int64_t> ParseRfc3339(std::string_view text);

/// "+08:00", "-03:00", "8", "Z" → seconds. Whole hours from -12 to +14 only, since the relay's hours are
/// hours of UTC.
[[nodiscard]] Result<std::int64_t> ParseUtcOffset(std::string_view text);
[[nodiscard]] std::string FormatUtcOffset(std::int64_t offset_seconds);

}  // namespace keymeter
