#pragma once

#include <cstdint>

#include "query-api/http/params.h"
#include "schema/error.h"
#include "schema/horizons.h"

namespace keymeter::query_api {

/// Whole days of the source, as a client asks for them: `date`, or `startDate` with `endDate`; without any,
/// today.
///
/// A value is a day (2026-11-20, of the source's offset; as an end it is included) or an RFC 3339 time, whose
/// day is taken as a whole. Without an end, up to today.
/// Threads: a pure value. Bounds: kMaxDays.
struct DayRange {
  static constexpr std::int64_t kMaxDays = 3660;

  std::int64_t from = 0;  ///< epoch seconds of a midnight of the source
  std::int64_t to = 0;    ///< likewise, exclusive

  /// Errors are kInvalid and name the parameter.
  static Result<DayRange> Of(const Params& params, std::int64_t now_ms, std::int64_t utc_offset_s);
  /// An end inside a month whose days are gone takes in all of it.
  [[nodiscard]] DayRange WidenedTo(const Horizons& horizons, std::int64_t utc_offset_s) const;
};

}  // namespace keymeter::query_api
