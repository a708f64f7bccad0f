#pragma once

#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "schema/civil_time.h"
#include "schema/metrics.h"

/// Short words for moments and amounts.
namespace keymeter::processor {

/// "12:03:04.5" of 2026-11-20 (UTC) in epoch milliseconds. Throws when that is no time.
inline std::int64_t At(std::string_view time) {
  return ParseRfc3339(fmt::format("2026-11-20T{}Z", time)).value();
}

/// The start of an hour of that day in epoch seconds.
inline std::int64_t Hour(int hour) {
  return At("00:00:00") / 1000 + hour * kHourSeconds;
}

/// The start of a minute, "12:03", in epoch seconds.
inline std::int64_t Minute(std::string_view minute) {
  return At(fmt::format("{}:00", minute)) / 1000;
}

inline Amounts Usage(std::int64_t requests, std::int64_t input_tokens = 0) {
  Amounts amounts;
  amounts[Metric::kRequests] = requests;
  amounts[Metric::kInputTokens] = input_tokens;
  return amounts;
}

/// The last reading of each counter, as a table: those that no roll-up has moved yet come over the others.
inline constexpr std::string_view kLastReadings =
    "(SELECT bucket, series, read_ms, requests, max(age) FROM (SELECT 0 AS age, bucket, series, read_ms, "
    "requests FROM reading UNION ALL SELECT id, bucket, series, read_ms, requests FROM reading_recent) "
    "GROUP BY bucket, series)";

}  // namespace keymeter::processor
