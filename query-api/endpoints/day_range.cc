#include "query-api/endpoints/day_range.h"

#include <optional>
#include <string_view>

#include "query-api/endpoints/time_param.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

/// The midnight before a start, or after an end; nothing when the parameter is not given.
Result<std::optional<std::int64_t>> MidnightOf(const Params& params, std::string_view name, Edge edge,
                                               std::int64_t offset) {
  auto time_ms = TimeParam(params, name, edge, offset);
  if (!time_ms || !*time_ms) return time_ms;
  const std::int64_t last_ms = edge == Edge::kEnd ? **time_ms - 1 : **time_ms;
  const std::int64_t last_s = last_ms >= 0 ? last_ms / 1000 : (last_ms - 999) / 1000;
  return BucketOf(Level::kDay, last_s, offset) + (edge == Edge::kEnd ? kDaySeconds : 0);
}

}  // namespace

Result<DayRange> DayRange::Of(const Params& params, std::int64_t now_ms, std::int64_t utc_offset_s) {
  const std::int64_t today = BucketOf(Level::kDay, now_ms / 1000, utc_offset_s);
  ASSIGN_OR_RETURN(const auto start, MidnightOf(params, "startDate", Edge::kStart, utc_offset_s));
  ASSIGN_OR_RETURN(const auto end, MidnightOf(params, "endDate", Edge::kEnd, utc_offset_s));
  if (const auto text = params.Text("date")) {
    if (start || end) return Fail(ErrorCode::kInvalid, "date excludes startDate and endDate");
    const auto date = ParseDate(*text);
    if (!date) return Fail(ErrorCode::kInvalid, "date takes a day such as 2026-11-20");
    return DayRange{*date - utc_offset_s, *date - utc_offset_s + kDaySeconds};
  }
  if (end && !start) return Fail(ErrorCode::kInvalid, "endDate needs startDate");
  const DayRange range{start.value_or(today), end.value_or(today + kDaySeconds)};
  if (range.from >= range.to)
    return Fail(ErrorCode::kInvalid, "startDate must be before endDate, and not after today without one");
  if (range.to - range.from > kMaxDays * kDaySeconds)
    return Fail(ErrorCode::kInvalid, "startDate and endDate span at most {} days", kMaxDays);
  return range;
}

DayRange DayRange::WidenedTo(const Horizons& horizons, std::int64_t utc_offset_s) const {
  const auto month_of = [&](std::int64_t day) { return BucketOf(Level::kMonth, day, utc_offset_s); };
  DayRange wide = *this;
  if (from < horizons.days) wide.from = month_of(from);
  if (to - 1 < horizons.days) wide.to = NextBucket(Level::kMonth, month_of(to - 1), utc_offset_s);
  return wide;
}

}  // namespace keymeter::query_api
