#include "query-api/exports/report_span.h"

#include <algorithm>

#include "query-api/endpoints/day_range.h"

namespace keymeter::query_api {

namespace {

Result<Level> ReportLevelOf(const Params& params) {
  ASSIGN_OR_RETURN(const auto granularity, params.OneOf("granularity", {"daily", "hourly", "monthly"}));
  if (granularity == "hourly") return Level::kHour;
  return granularity == "daily" ? Level::kDay : Level::kMonth;
}

UsageReportSpan DefaultReportSpan(Level level, const Snapshot& snapshot) {
  const std::int64_t offset = snapshot.state.utc_offset_s;
  const std::int64_t today = BucketOf(Level::kDay, snapshot.now_ms / 1000, offset);
  const std::int64_t tomorrow = today + kDaySeconds;
  const Horizons& horizons = snapshot.state.horizons;
  if (level == Level::kHour) return {level, std::max(today - kDaySeconds, horizons.hours), tomorrow};
  if (level == Level::kDay) return {level, std::max(today - 29 * kDaySeconds, horizons.days), tomorrow};
  std::int64_t month = BucketOf(Level::kMonth, today, offset);
  const std::int64_t end = NextBucket(Level::kMonth, month, offset);
  for (int i = 0; i < 11; ++i) month = BucketOf(Level::kMonth, month - 1, offset);
  return {level, month, end};
}

}  // namespace

Result<UsageReportSpan> UsageReportSpan::Of(const Params& params, const Snapshot& snapshot) {
  ASSIGN_OR_RETURN(const auto level, ReportLevelOf(params));
  if (!params.Text("startDate") && !params.Text("endDate")) return DefaultReportSpan(level, snapshot);
  const std::int64_t offset = snapshot.state.utc_offset_s;
  ASSIGN_OR_RETURN(const auto days, DayRange::Of(params, snapshot.now_ms, offset));
  if (level == Level::kMonth) {
    const std::int64_t last = BucketOf(Level::kMonth, days.to - 1, offset);
    return UsageReportSpan{level, BucketOf(Level::kMonth, days.from, offset),
                           NextBucket(Level::kMonth, last, offset)};
  }
  const Horizons& horizons = snapshot.state.horizons;
  const std::int64_t horizon = level == Level::kHour ? horizons.hours : horizons.days;
  if (days.from < horizon)
    return Fail(ErrorCode::kInvalid,
                "startDate: {} before {} are not kept any more; begin there, or ask for granularity={}",
                level == Level::kHour ? "hours" : "days", FormatDate(horizon, offset),
                level == Level::kHour ? "daily" : "monthly");
  return UsageReportSpan{level, days.from, days.to};
}

}  // namespace keymeter::query_api
